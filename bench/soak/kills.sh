#!/usr/bin/env bash
# Kills `apply` and `optimize` with SIGKILL at random moments, goes on each time, and compares what they end with to what they give
# undisturbed: the model byte for byte, the search's choice and every quality.
#
#   bench/soak/kills.sh MODEL CALIBRATION TEXT [KILLS [SEED]] >results/<machine>/soak-kills.txt
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

model=$1 calibration=$2 text=$3 kills=${4:-20} RANDOM=${5:-1}
shoestring=(dotnet artifacts/bin/Shoestring.Cli/release/shoestring.dll)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run HOME COMMAND…: with a folder of results and caches of its own.
run() {
  local home=$1
  shift
  SHOESTRING_HOME=$home exec "${shoestring[@]}" "$@" --quiet --json >"$work/answer.json" 2>"$work/errors"
}

# choice FOLDER: what must be the same, whatever the machine's speed was.
choice() {
  node -e '
    const result = JSON.parse(require("fs").readFileSync(process.argv[1] + "/result.json", "utf8"));
    const rows = result.candidates.filter(one => !one.stopped).map(one => one.techniques.join("+") + " " + one.quality.value);
    console.log(rows.sort().join("\n"));' "$1"
}

# disturbed SECONDS COMMAND…: killed at a random moment of so many seconds, until it has been killed often enough, then left alone.
disturbed() {
  local whole=$1 left=$kills
  shift
  while ((left > 0)); do
    "$@" &
    local child=$!
    sleep "$(awk -v whole="$whole" -v draw="$RANDOM" 'BEGIN { print 0.3 + (whole - 0.3) * draw / 32768 }')"
    if kill -9 "$child" 2>/dev/null; then
      left=$((left - 1))
    fi
    wait "$child" 2>/dev/null || true
    # What ended before it was killed begins anew.
    if [[ -s $work/answer.json ]]; then
      finished=$((finished + 1))
      rm -rf "$work/answer.json" "$work/killed" "$work/killed.gguf" "$work/home-killed"
    fi
  done
  ("$@")
}

compress() { run "$1" apply "$model" -t wanda:sparsity=0.5 -t gptq:format=Q4_0 --calibration "$calibration" -o "$2"; }
search() { run "$1" optimize "$model" --text "$text" -o "$2"; }

failed=0
verdict() {
  if [[ $2 == "$3" ]]; then
    echo "$1: the same after $kills kills ($finished runs ended before theirs)"
  else
    echo "$1: DIFFERENT after $kills kills"
    failed=1
  fi
}

grep -m1 'model name' /proc/cpuinfo
echo "$(basename "$model"), $kills kills each"

finished=0 began=$SECONDS
(compress "$work/home-whole" "$work/whole.gguf")
length=$((SECONDS - began + 1))
rm -f "$work/answer.json"
disturbed "$length" compress "$work/home-killed" "$work/killed.gguf"
verdict "apply wanda + gptq" "$(sha256sum <"$work/whole.gguf")" "$(sha256sum <"$work/killed.gguf")"
leftovers=$(find "$work" -maxdepth 1 -name '*.work' -o -maxdepth 1 -name '.*.tmp' | wc -l)
echo "apply: $leftovers files or folders left beside the model"
((leftovers == 0)) || failed=1

finished=0 began=$SECONDS
rm -rf "$work/answer.json" "$work/home-killed"
(search "$work/home-whole" "$work/whole")
length=$((SECONDS - began + 1))
rm -f "$work/answer.json"
disturbed "$length" search "$work/home-killed" "$work/killed"
verdict "optimize" "$(choice "$work/whole")" "$(choice "$work/killed")"
exit "$failed"
