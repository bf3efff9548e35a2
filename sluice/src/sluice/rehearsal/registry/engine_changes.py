"""Commands of ``docker`` that change the engine for everybody who has it, as a part of the shell script before it.

Nothing of a swarm, and no plugin, bears a job's labels: what a job makes of them would stay, and what it takes away
would be the machine's. In a rehearsal they are for an engine of the job's own; what only looks is carried out.
"""

from __future__ import annotations

SCRIPT = """changes() {
  echo "Sluice: a rehearsal can't carry out '${docker##*/} $said': it changes this machine's engine for everybody" >&2
  echo "  let the job have an engine of its own (DOCKER_HOST), or let it go with --publish" >&2
  [ -z "${SLUICE_EFFECTS:-}" ] || told engine
  exit 1
}
case " $* " in *" --help "*) ;; *)
  case "${1:-} ${2:-}" in
  "swarm " | "stack " | "secret " | "config " | "service " | "node " | "plugin ") ;;
  "stack ls" | "stack list" | "stack ps" | "stack services" | "stack config") ;;
  "secret ls" | "secret list" | "secret inspect" | "config ls" | "config list" | "config inspect") ;;
  "service ls" | "service list" | "service inspect" | "service logs" | "service ps") ;;
  "node ls" | "node list" | "node inspect" | "node ps" | "plugin ls" | "plugin list" | "plugin inspect") ;;
  "swarm "* | "stack "* | "secret "* | "config "* | "service "* | "node "* | "plugin "*) changes ;;
  esac ;;
esac
"""
