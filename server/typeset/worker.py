"""Sets documents with typst: files in, PDFs out, one after the other, until its input ends.

A request is a line of JSON, `[[name, size], ...]`, and the bytes of these files one after the other; `main.typ` is set. An answer is a line of JSON,
`{"pdf": size}` or `{"error": size}`, and that many bytes. Fonts lie in the folder that the first argument names.
"""

import json
import os
import sys
import tempfile

import typst


def read(stream, size):
    data = stream.read(size)
    if len(data) != size:
        raise EOFError
    return data


# Words in a script that the fonts don't have: no fault of the template, and no reason to have no document.
STRANGE = ("could not be displayed", "disallowed codepoint")


def made(files, fonts):
    # In a folder: files in memory have to be text, and pictures are none.
    with tempfile.TemporaryDirectory(dir=".") as folder:
        for name, data in files.items():
            with open(os.path.join(folder, os.path.basename(name)), "wb") as file:
                file.write(data)
        main = os.path.join(folder, "main.typ")
        try:
            # Tagged, and refused when it isn't accessible: a picture without words is a fault of the template.
            return typst.compile(main, root=folder, font_paths=fonts, pdf_standards=["ua-1"])
        except typst.TypstError as error:
            if not any(words in error.message for words in STRANGE):
                raise
            return typst.compile(main, root=folder, font_paths=fonts)


def main():
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[sys.argv[1]])
    while line := source.readline():
        files = {name: read(source, size) for name, size in json.loads(line)}
        try:
            kind, data = "pdf", made(files, fonts)
        except RuntimeError as error:
            kind, data = "error", "\n".join([str(error), *getattr(error, "hints", []), *getattr(error, "trace", [])]).encode()
        answers.write(json.dumps({kind: len(data)}).encode() + b"\n" + data)
        answers.flush()


main()
