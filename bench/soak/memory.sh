#!/usr/bin/env bash
# Compresses a model by every method that looks at weights, each in a memory cgroup that kills it above a limit (default 3 GB), and
# prints what the kernel says of each one's peak. Needs the right to make a cgroup. Half an hour for 1.1B weights and 1,024 tokens. svd and asvd are left
# out: their factors take hours at that size.
#
#   bench/soak/memory.sh MODEL CALIBRATION [LIMIT_BYTES [TECHNIQUE…]] >results/<machine>/soak-memory.txt
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

model=$1 calibration=$2 limit=${3:-3000000000}
shift $(($# < 3 ? $# : 3))
techniques=("$@")
((${#techniques[@]} > 0)) || techniques=(
  magnitude:sparsity=0.5 wanda:sparsity=0.5 sparsegpt:sparsity=0.5 shortgpt:layers=4 llm-pruner:ffn-ratio=0.2 smoothquant
  quantize:format=Q4_0 imatrix:format=Q4_K_M awq:format=Q4_0 gptq:format=Q4_0 slicegpt:sparsity=0.2 mixed-precision:bits=4.5,tokens=256 entropy-code
)
shoestring=(dotnet artifacts/bin/Shoestring.Cli/release/shoestring.dll)
output=$(mktemp -d)

# Version 1 counts in a hierarchy of its own, version 2 in the one there is.
if [[ -d /sys/fs/cgroup/memory ]]; then
  group=/sys/fs/cgroup/memory/shoestring-soak
  mkdir -p "$group"
  echo "$limit" >"$group/memory.limit_in_bytes"
else
  group=/sys/fs/cgroup/shoestring-soak
  mkdir -p "$group"
  echo "$limit" >"$group/memory.max"
fi
trap 'rm -rf "$output"; rmdir "$group" || true' EXIT

grep -m1 'model name' /proc/cpuinfo
echo "limit $limit bytes, $(basename "$model") of $(stat -c %s "$model") bytes"
for technique in "${techniques[@]}"; do
  code=0 began=$SECONDS
  bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "${shoestring[@]}" apply "$model" -t "$technique" --calibration "$calibration" \
    --calibration-tokens 1024 --context 256 -o "$output/out.gguf" --json --quiet >"$output/answer.json" 2>"$output/errors" || code=$?
  peak=$(tail -n 1 "$output/answer.json" | sed -n 's/.*"peakResidentBytes":{"value":\([0-9.]*\).*/\1/p')
  echo "$technique: exit $code, peak resident ${peak:-unknown} bytes, $((SECONDS - began)) s$( ((code == 0)) || tail -n 1 "$output/errors" | sed 's/^/: /')"
  rm -rf "$output/out.gguf" "$output/out.gguf.work"
done
