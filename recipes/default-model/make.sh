#!/usr/bin/env bash
# Makes the built-in model from its teacher: samples a corpus, trains a vocabulary and a small model on it, chooses how it is stored.
# Goes on where it was stopped. An hour and a quarter on two busy cores.
#
#   recipes/default-model/make.sh stories15M-q8_0.gguf FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
teacher=$(realpath "$1") work=$2
shoestring=(dotnet run -c Release --no-build --project "$here/../../src/Shoestring.Cli" --)
mkdir -p "$work"

# Samples are numbered: a part that was stopped is made anew, one that is there is kept.
for first in 0 10000 20000; do
  part=$work/samples-$first.jsonl
  [[ -s $part ]] && continue
  "${shoestring[@]}" run "$teacher" --samples 10000 --first-sample "$first" -n 255 --temp 1 --top-k 0 --top-p 1 --min-p 0.02 --seed 1 >"$part.part"
  mv "$part.part" "$part"
done

# Stories that came to their end.
cat "$work"/samples-*.jsonl | grep '"stopReason":"eos"' >"$work/samples.jsonl"
cp "$here/recipe.json" "$work/recipe.json"
resume=()
[[ -e $work/trained/checkpoint.safetensors ]] && resume=(--resume)
[[ -e $work/trained/model.gguf ]] || "${shoestring[@]}" train "$work/recipe.json" -o "$work/trained" "${resume[@]}" --json >"$work/training.json"

# Text of the teacher's that nothing was trained on: to fit formats to, and to judge by.
[[ -s $work/other.txt ]] || "${shoestring[@]}" run "$teacher" --samples 600 --first-sample 100000 -n 255 --temp 1 --top-k 0 --top-p 1 --min-p 0.02 --seed 1 |
  node -e '
    const lines = require("fs").readFileSync(0, "utf8").trim().split("\n").map(JSON.parse);
    process.stdout.write(lines.filter(line => line.stopReason === "eos").map(line => line.text.trim() + "\n").join("\n"));' >"$work/other.txt"
"${shoestring[@]}" optimize "$work/trained/model.gguf" --calibration "$work/other.txt" --budget "storedBytes<=4MB, quality>=99.9%" -o "$work/stored"
