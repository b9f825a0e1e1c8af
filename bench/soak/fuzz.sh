#!/usr/bin/env bash
# The mutation fuzz tests of model files, vocabularies and tokenizer files with a million cases each instead of the default
# tens of thousands. Writes what ran to results/<machine>/soak-fuzz.txt when a file is named.
# Usage: bench/soak/fuzz.sh [CASES] [OUT]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export SHOESTRING_FUZZ_CASES=${1:-1000000}
out=${2:-/dev/stdout}
{
  echo "date: $(date -u +%F), commit: $(git rev-parse --short HEAD), cases: $SHOESTRING_FUZZ_CASES, seeds: 0 … cases − 1"
  for project in Tensors Models; do
    echo "== tests/Shoestring.$project.Tests, classes *Fuzz*"
    dotnet run -c Release --project "tests/Shoestring.$project.Tests" -- --filter-class '*Fuzz*' --no-ansi --no-progress
  done
} >"$out"
