import Glibc
import HostlerCommands

exit(HostlerMain.run(Array(CommandLine.arguments.dropFirst())))
