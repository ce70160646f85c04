#!/usr/bin/python3
"""segment_format.py [--write] [LIB_FOLDER]

Writes the tables of doc/segment.md anew from stats/segment_layout.h, as the compiler lays it out; without
--write it only compares, and fails with the first line that differs. It fails too where a structure has
bytes that neither a member nor an alignment explains.
"""

import pathlib
import re
import sys

import clang.cindex as clang

BEGIN, END = "<!-- tables: segment_format.py -->", "<!-- end of tables -->"
LAYOUT = "stats/segment_layout.h"


WANTED = (clang.CursorKind.STRUCT_DECL, clang.CursorKind.ENUM_DECL)


class Wrong(Exception):
    pass


def definitions(lib):
    """The structures and enumerations of the layout in the order of the header."""
    path = lib / LAYOUT
    unit = clang.Index.create().parse(str(path), args=["-xc++", "-std=c++20", f"-I{lib}", f"-I{lib}/include"])
    errors = [str(d) for d in unit.diagnostics if d.severity >= clang.Diagnostic.Error]
    if errors:
        raise Wrong("\n".join(errors))
    found = []

    def look(cursor):
        for child in cursor.get_children():
            if child.location.file is None or child.location.file.name != str(path):
                continue
            if child.kind == clang.CursorKind.NAMESPACE:
                look(child)
            elif child.kind in WANTED and child.is_definition():
                found.append(child)

    look(unit.cursor)
    return found


def comments(lib):
    """By line: the comment behind what stands there."""
    found = {}
    last = None
    for number, line in enumerate((lib / LAYOUT).read_text(encoding="utf-8").splitlines(), 1):
        match = re.match(r"(.*?\S)?\s*// (.*)$", line)
        if match is None:
            last = None
        elif match[1]:
            found[number] = match[2]
            last = number
        elif last is not None:  # it goes on
            found[last] += " " + match[2]
    return found


def bracket(cursor_type, names):
    """The type as the page calls it: words, or a structure that has a table of its own."""
    counts = ""
    while cursor_type.kind == clang.TypeKind.CONSTANTARRAY:
        counts += f"[{cursor_type.element_count}]"
        cursor_type = cursor_type.element_type
    declaration = cursor_type.get_declaration().spelling
    if declaration in names:
        return f"{declaration}{counts}"
    if declaration == "TextWords":
        return f"text of {cursor_type.get_size()} bytes{counts}"
    if cursor_type.get_size() == 8:
        return f"word{counts}"
    raise Wrong(f"{cursor_type.spelling}: neither words nor a structure of the layout")


def table(cursor, notes, names):
    size = cursor.type.get_size()
    lines = [f"### {cursor.spelling}: {size:,} bytes", "", "| offset | bytes | member | of | meaning |",
             "| --- | --- | --- | --- | --- |"]
    end = 0
    for field in cursor.type.get_fields():
        offset = field.get_field_offsetof() // 8
        if offset - end >= field.type.get_align():
            raise Wrong(f"{cursor.spelling}: bytes {end} to {offset} are no member's")
        if offset != end:
            lines.append(f"| {end:,} | {offset - end} | | | not used |")
        end = offset + field.type.get_size()
        lines.append(f"| {offset:,} | {field.type.get_size():,} | `{field.spelling}` | "
                     f"{bracket(field.type, names)} | {notes.get(field.location.line, '')} |")
    if size - end >= cursor.type.get_align():
        raise Wrong(f"{cursor.spelling}: bytes from {end} are no member's")
    return [*lines, ""]


def heading(lib, line):
    """The comment that ends above a line, which explains the structure that begins there."""
    lines = (lib / LAYOUT).read_text(encoding="utf-8").splitlines()[:line - 1]
    found = []
    while lines and lines[-1].startswith("//"):
        found.insert(0, lines.pop()[2:].strip())
    return [" ".join(found), ""] if found else []


def indices(cursor):
    names = [child.spelling.removeprefix("k_") for child in cursor.get_children()]
    return [f"### Indices of `counters`: {cursor.spelling}", "",
            ", ".join(f"{number} `{name}`" for number, name in enumerate(names[:-1])), ""]


def tables(lib):
    notes = comments(lib)
    found = [cursor for cursor in definitions(lib) if cursor.spelling != "TextWords"]
    names = {cursor.spelling for cursor in found}
    lines = []
    for cursor in reversed(found):  # from the whole to its parts
        if cursor.kind == clang.CursorKind.ENUM_DECL:
            lines += indices(cursor)
            continue
        size, *rows = table(cursor, notes, names)
        lines += [size, "", *heading(lib, cursor.location.line), *rows[1:]]
    return lines


def main():
    arguments = sys.argv[1:]
    write = "--write" in arguments
    rest = [one for one in arguments if one != "--write"]
    lib = pathlib.Path(rest[0]) if rest else pathlib.Path(__file__).resolve().parents[1]
    page = lib / "doc" / "segment.md"
    text = page.read_text(encoding="utf-8")
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    wanted = text[:begin] + "\n\n" + "\n".join(tables(lib)) + "\n" + text[end:]
    if write:
        page.write_text(wanted, encoding="utf-8")
        return
    for number, (is_there, should) in enumerate(zip(text.splitlines(), wanted.splitlines()), 1):
        if is_there != should:
            sys.exit(f"{page}:{number}: there is\n{is_there}\nand the layout says\n{should}\n"
                     "lib/doc/segment_format.py --write writes it anew")
    if text != wanted:
        sys.exit(f"{page}: its length is another; lib/doc/segment_format.py --write writes it anew")


if __name__ == "__main__":
    try:
        main()
    except Wrong as wrong:
        sys.exit(str(wrong))
