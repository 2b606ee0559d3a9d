"""A worker that does at once whatever it is asked, without files."""
import sys

print('{"type":"hello","version":"4.5.0","pid":1}', flush=True)
for line in sys.stdin:
    print('{"type":"done","files":{},"bounding_box_mm":[1,1,1],"run_ms":7}', flush=True)
