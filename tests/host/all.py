"""All tests of the `namu` command."""
import importlib
import os
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import harness

for name in sorted(os.listdir(HERE)):
    if name.startswith("test_") and name.endswith(".py"):
        importlib.import_module(name[:-3])

if __name__ == "__main__":
    # A shell's background job ignores these, and so would what the tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    sys.exit(harness.main(sys.argv[1:]))
