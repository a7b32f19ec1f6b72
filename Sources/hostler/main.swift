import Glibc
import HostlerCommands

exit(await HostlerMain.run(Array(CommandLine.arguments.dropFirst())))
