"""The project's own text files, as the checks of this folder see them."""

import pathlib

CODE_SUFFIXES = {".h", ".hpp", ".c", ".cc"}
SCRIPT_SUFFIXES = {".py", ".sh", ".cmake"}
TOP_FOLDERS = ("lib", "harness", "properties", "stress", "fuzz", "bench", "schemas", "ci", ".ci")


def is_script(path):
    if path.suffix in SCRIPT_SUFFIXES or path.name == "CMakeLists.txt":
        return True
    if path.suffix:
        return False
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def files(root, folders=TOP_FOLDERS):
    """Yields every file below these folders of root, in a fixed order."""
    for folder in folders:
        for path in sorted((pathlib.Path(root) / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def code(root, folders=TOP_FOLDERS):
    return [path for path in files(root, folders) if path.suffix in CODE_SUFFIXES]


def code_and_scripts(root, folders=TOP_FOLDERS):
    return [path for path in files(root, folders)
            if path.suffix in CODE_SUFFIXES or is_script(path)]


def is_test(path):
    """A test, or what only tests use: free to include from anywhere."""
    return "_test." in path.name or "_support." in path.name or "tests" in path.parts


def report(name, offences, what):
    """Prints each offence and a closing line; returns the exit code."""
    for offence in offences:
        print(offence)
    if offences:
        print(f"{name}: FAILED, {len(offences)} offences")
        return 1
    print(f"{name}: {what}")
    return 0
