// Exists to have GoogleTest precompiled (TemporalSlabTest.cmake).
int main() {}
