# shellcheck shell=bash
# What make writes and the scenario compares. Both define aplomb() before.

# elsewhere GOLDEN FOLDER: a copy as another machine has it: the vault and the configuration, no state.
elsewhere() {
  mkdir -p "$2"
  cp -R "$1/vault" "$1/recovery.key" "$1/sheet.txt" "$2/"
  chmod -R u+rw,go-rwx "$2"
  sed "s|VAULT|$2/vault|" "$1/aplomb.toml" >"$2/aplomb.toml"
}

# facts CONFIG KEY: one JSON document of what the vault says of itself.
facts() {
  local config=$1 key=$2
  jq -n --argjson verify "$(aplomb --config "$config" --recovery-key "$key" verify --read-all)" \
    --argjson snapshots "$(aplomb --config "$config" --recovery-key "$key" snapshots)" \
    --argjson point "$(aplomb --config "$config" --recovery-key "$key" clean-point mairie)" \
    '{ok: $verify.ok, damaged: $verify.damaged, snapshots: [$snapshots[] | {snapshot, site, time}],
      clean_point: $point.clean_point, source: $point.source}'
}

# expected CONFIG KEY FOLDER: restores every snapshot below FOLDER and lists it.
expected() {
  local config=$1 key=$2 folder=$3 id path
  mkdir -p "$folder"
  for id in $(aplomb --config "$config" --recovery-key "$key" snapshots | jq -r '.[].snapshot'); do
    echo "snapshot $id"
    aplomb --config "$config" --recovery-key "$key" restore "$id" --to "$folder/$id" >/dev/null
    (cd "$folder/$id" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort | while IFS= read -r path; do
      if [ -L "$path" ]; then
        stat -c "l - - - $(readlink "$path") %n" "$path"
      elif [ -d "$path" ]; then
        stat -c "d %a - - - %n" "$path"
      else
        stat -c "f %a %s %Y $(sha256sum <"$path" | cut -d' ' -f1) %n" "$path"
      fi
    done)
  done
}
