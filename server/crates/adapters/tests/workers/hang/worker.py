"""A worker that begins and never ends; its first step is its process number."""
import os
import sys
import time

print('{"type":"hello","version":"4.5.0","pid":1}', flush=True)
sys.stdin.readline()
print('{"type":"progress","percent":5,"step":"%d"}' % os.getpid(), flush=True)
while True:
    time.sleep(60)
