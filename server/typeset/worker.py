"""Sets documents with typst: files in, PDFs out, one after the other, until its input ends.

A request is a line of JSON, `[[name, size], ...]`, and the bytes of these files one after the other; `main.typ` is set. An answer is a line of JSON,
`{"pdf": size}` or `{"error": size}`, and that many bytes. Fonts lie in the folder that the first argument names.
"""

import json
import sys

import typst


def read(stream, size):
    data = stream.read(size)
    if len(data) != size:
        raise EOFError
    return data


def made(files, fonts):
    files["main"] = files.pop("main.typ")
    # Tagged, and refused when it isn't accessible: a picture without words is a fault of the template.
    return typst.compile(files, font_paths=fonts, pdf_standards=["ua-1"])


def main():
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[sys.argv[1]])
    while line := source.readline():
        files = {name: read(source, size) for name, size in json.loads(line)}
        try:
            kind, data = "pdf", made(files, fonts)
        except typst.TypstError as error:
            kind, data = "error", "\n".join([error.message, *error.hints, *error.trace]).encode()
        answers.write(json.dumps({kind: len(data)}).encode() + b"\n" + data)
        answers.flush()


main()
