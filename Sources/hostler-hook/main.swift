import Glibc
import Hooks

let system = ProcessSystem()
exit(system.deliver(HookCommand.run(.current, system)))
