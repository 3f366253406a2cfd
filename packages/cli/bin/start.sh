# What `npm start` runs, in the root of a clone. The installation may bring a newer Node: the second lookup finds it, and no older one
# stays beside the server.
[ -x node_modules/.bin/node ] || node packages/cli/bin/prepare.js || exit
hash -r
exec node packages/cli/bin/hearth.js start "$@"
