# What `npm start` runs, in the root of a clone. The installation may bring a newer Node: the second lookup finds it, and no older one
# stays beside the server.
if [ ! -x node_modules/.bin/node ]; then
  preparing=
  stopped=
  # Set before there is anything to stop: a signal that came in between would end the shell alone.
  trap 'stopped=yes; [ -z "$preparing" ] || kill -TERM "$preparing" 2>/dev/null' TERM INT HUP
  # In the background, so that a signal reaches it: a shell that waits for a command in front keeps the signal to itself.
  node packages/cli/bin/prepare.js &
  preparing=$!
  [ -z "$stopped" ] || kill -TERM "$preparing" 2>/dev/null
  wait "$preparing"
  code=$?
  while kill -0 "$preparing" 2>/dev/null; do
    wait "$preparing"
    code=$?
  done
  trap - TERM INT HUP
  [ "$code" -eq 0 ] || exit "$code"
fi
hash -r
exec node packages/cli/bin/hearth.js start "$@"
