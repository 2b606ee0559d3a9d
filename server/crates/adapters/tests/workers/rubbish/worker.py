"""A worker whose answers can't be used; the request's name says in which way."""
import json
import os
import sys

print('{"type":"hello","version":"4.5.0","pid":1}', flush=True)
for line in sys.stdin:
    request = json.loads(line)
    kind, path = request["name"], os.path.join(request["scratch"], "model.glb")
    if kind == "noise":
        print("Fra:1 Mem:20M", flush=True)
        continue
    if kind == "endless":
        while True:
            sys.stdout.write("x" * 65536)
    if kind == "text":
        with open(path, "w") as file:
            file.write("glTF, or so")
    elif kind == "link":
        os.symlink("/etc/passwd", path)
    elif kind == "folder":
        os.mkdir(path)
    print('{"type":"done","files":{},"bounding_box_mm":[1,1,1],"run_ms":1}', flush=True)
