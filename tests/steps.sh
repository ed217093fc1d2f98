# Progress of a long script, sourced: its steps are counted, and each begins with the time since the start.
steps_done=0
steps=$(grep -c '^step ' "$0")
steps_began=$SECONDS

step() {
    steps_done=$((steps_done + 1))
    local passed=$((SECONDS - steps_began))
    printf '== [%d/%d, %d:%02d] %s\n' "$steps_done" "$steps" $((passed / 60)) $((passed % 60)) "$*"
}
