#!/usr/bin/env bash
# Kills a harvest of files from nginx with SIGKILL at random moments, goes on each time, and compares what it ends with to what it gives
# undisturbed: manifest and files byte for byte. From nginx's log: no file that the journal had is asked for again, and no kill costs more
# further requests than there were files under way.
#
#   bench/soak/harvest-kills.sh [KILLS [SEED]] >results/<machine>/soak-harvest-kills.txt
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

kills=${1:-50} RANDOM=${2:-1}
per_host=4 files=300
shoestring=(dotnet artifacts/bin/Shoestring.Cli/release/shoestring.dll)
work=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
mkdir -p "$work/site/a" "$work/site/b" "$work/logs"

# Sizes from 20 kB to 2 MB, every tenth with the bytes of another, names that collide.
for ((i = 0; i < files; i++)); do
  folder=$([[ $((i % 2)) == 0 ]] && echo a || echo b)
  size=$(((i % 10 == 9) ? 20000 : 20000 + (i * 7919) % 2000000))
  { printf '%%PDF-1.4\n%d\n' $((i % 10 == 9 ? 9 : i)); head -c "$size" /dev/zero; printf '\n%%%%EOF\n'; } >"$work/site/$folder/lecture$((i / 2)).pdf"
  printf '<a href="%s/lecture%d.pdf">Lecture %d</a>\n' "$folder" $((i / 2)) "$i"
done >"$work/site/index.html"
for ((i = 0; i < 10; i++)); do echo "<a href=\"missing$i.pdf\">missing</a>"; done >>"$work/site/index.html"

cat >"$work/nginx.conf" <<CONF
daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/logs/error.log; user root;
events { worker_connections 256; }
http {
  log_format plain '\$status \$uri \$http_range'; access_log $work/logs/access.log plain;
  types { application/pdf pdf; text/html html; }
  limit_rate 8m;
  client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f; uwsgi_temp_path $work/u; scgi_temp_path $work/s;
  server { listen 127.0.0.1:$port; root $work/site; }
}
CONF
nginx -c "$work/nginx.conf" -p "$work" &
nginx=$!
trap 'kill "$nginx" 2>/dev/null || true; wait "$nginx" || true; rm -rf "$work"' EXIT
sleep 0.5

harvest() {
  SHOESTRING_HOME=$work/home exec "${shoestring[@]}" harvest "http://127.0.0.1:$port/index.html" -o "$1" --rate unlimited --per-host "$per_host" --allow-private --quiet >/dev/null 2>"$work/errors"
}

(harvest "$work/whole") || [[ $? == 1 ]] # missing files make it partial
began=$(date +%s%N)
(harvest "$work/timed") || [[ $? == 1 ]]
length=$((($(date +%s%N) - began) / 1000000))

again=0 twice=0 finished=0 killed=0
: >"$work/logs/access.log"
kill -USR1 "$nginx"
while ((killed < kills)); do
  # What the journal has before this run must not be asked for in it.
  grep -ho '"event":"\(fetched\|failed\)"[^}]*' "$work/killed/.harvest/journal.jsonl" 2>/dev/null | sed -n 's/.*"id":"[^/]*\(\/[^"]*\)".*/\1/p' | sort -u >"$work/known" || true
  before=$(wc -l <"$work/logs/access.log")
  harvest "$work/killed" &
  child=$!
  sleep "$(awk -v whole="$length" -v draw="$RANDOM" 'BEGIN { print (0.25 + whole / 1000 * draw / 32768 / 4) }')"
  if kill -9 "$child" 2>/dev/null; then killed=$((killed + 1)); fi
  wait "$child" 2>/dev/null || true
  tail -n +$((before + 1)) "$work/logs/access.log" | awk '$2 ~ /pdf$/ { print $2 }' | sort >"$work/asked"
  again=$((again + $(comm -12 "$work/known" <(sort -u "$work/asked") | wc -l)))
  # A harvest that came to its end before its kill begins anew elsewhere.
  if tail -n 1 "$work/killed/.harvest/journal.jsonl" 2>/dev/null | grep -q '"event":"end"'; then
    finished=$((finished + 1))
    rm -rf "$work/killed"
    : >"$work/logs/access.log"
    kill -USR1 "$nginx"
  fi
done
(harvest "$work/killed") || [[ $? == 1 ]]
twice=$(awk '$2 ~ /lecture/ { print $2 }' "$work/logs/access.log" | sort | uniq -c | awk '{ extra += $1 - 1 } END { print extra + 0 }')
ranged=$(awk '$1 == 206' "$work/logs/access.log" | wc -l)

grep -m1 'model name' /proc/cpuinfo
echo "$kills kills; $finished harvests ended before theirs; $files files of 20 kB to 2 MB, $per_host at a time"
failed=0
if cmp -s "$work/whole/manifest.jsonl" "$work/killed/manifest.jsonl"; then echo "manifest: the same"; else echo "manifest: DIFFERENT"; failed=1; fi
if diff -r --exclude=.harvest "$work/whole" "$work/killed" >/dev/null; then echo "files: the same"; else echo "files: DIFFERENT"; failed=1; fi
echo "files of the journal that were asked for again: $again"
echo "requests for a file beyond its first: $twice, of which $ranged for the rest of one; at most $((kills * per_host)) were under way when killed"
((again == 0 && twice <= kills * per_host)) || failed=1
exit "$failed"
