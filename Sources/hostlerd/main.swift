import Glibc
import HostlerDaemon

exit(await HostlerdMain.run(Array(CommandLine.arguments.dropFirst())))
