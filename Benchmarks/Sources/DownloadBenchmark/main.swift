import Glibc
import Provisioning
import Timing

// Downloads of images, for `Benchmarks/downloads`:
//   DownloadBenchmark fetch CA FOLDER URL CHECKSUM FORMAT
//                                     brings one image here, verifies and publishes it
//   DownloadBenchmark many COUNT CA FOLDER URL CHECKSUM FORMAT REPORT
//                                     the same so many times at once; writes the most threads that it had to REPORT
//   DownloadBenchmark compare ROUNDS FOLDER SCRIPT…
//                                     runs the scripts of bash in turn, each in FOLDER, which is empty each time; prints
//                                     for each the median of its milliseconds and its highest resident set in bytes

/// On standard error, since standard output is for figures.
func say(_ sentence: String) {
    let line = Array("DownloadBenchmark: \(sentence)\n".utf8)
    write(STDERR_FILENO, line, line.count)
}

func fail(_ sentence: String) -> Never {
    say(sentence)
    exit(1)
}

func usage() -> Never {
    say(
        "usage: fetch CA FOLDER URL CHECKSUM FORMAT | many COUNT CA FOLDER URL CHECKSUM FORMAT REPORT"
            + " | compare ROUNDS FOLDER SCRIPT…"
    )
    exit(64)
}

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "fetch" where arguments.count == 7:
    do { _ = try await Fetching(Array(arguments[2...])).run("bench") } catch { fail("\(error)") }
case "many" where arguments.count == 9:
    do {
        let most = try await Fetching(Array(arguments[3...7])).run(Int(arguments[2]) ?? 1)
        guard let report = fopen(arguments[8], "w") else { fail("cannot write \(arguments[8])") }
        fputs("\(most)\n", report)
        fclose(report)
    } catch { fail("\(error)") }
case "compare" where arguments.count > 4:
    var comparison = Comparison(folder: arguments[3], scripts: Array(arguments[4...]))
    for round in 0..<(Int(arguments[2]) ?? 1) { comparison.run(round) }
    print(comparison.medians)
default: usage()
}
