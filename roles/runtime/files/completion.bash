# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
_geowatch() {
    local words=--help
    case $COMP_CWORD,${COMP_WORDS[1]} in
    1,*) words="alerts canary channels database explain failures forget last-seen logins lookup propose report status --help" ;;
    *,explain) words="--login --log --help" ;;
    *,failures) words="--since --user --server --source --json --csv --help" ;;
    *,report) words="--since --help" ;;
    *,last-seen) words="--older-than --users --json --csv --help" ;;
    *,propose)
        words="--since --until --user --server --source --address --country --not-country --share --days --help"
        ;;
    *,logins)
        words="--since --until --user --server --source --address --country --not-country --verdict --json --csv --help"
        [[ ${COMP_WORDS[COMP_CWORD - 1]} != --verdict ]] || words="expected unexpected unknown internal"
        ;;
    2,alerts) words="list retry drop close --help" ;;
    2,channels) words="list test --help" ;;
    2,database) words="status update back --help" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -F _geowatch geowatch
