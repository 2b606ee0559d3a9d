"""A worker that dies in the middle of its first job."""
import os
import sys

print('{"type":"hello","version":"4.5.0","pid":1}', flush=True)
sys.stdin.readline()
print('{"type":"progress","percent":5,"step":"Building parts, 1 of 3"}', flush=True)
print("the roof is on fire", file=sys.stderr, flush=True)
os.abort()
