import Foundation
import TestSupport

/// How two documents differ.
enum Comparison {
    /// What differs, or nothing where both are the same: byte for byte, or in canonical form.
    static func difference(_ found: [UInt8], _ expected: [UInt8]) -> String? {
        if found == expected { return nil }
        do {
            if let left = try canonical(found), let right = try canonical(expected), left == right { return nil }
            return "not what was expected:\n" + (try diff(found, expected))
        } catch {
            return "not what was expected, and no difference could be made: \(error)"
        }
    }

    /// What `diff` says.
    static func diff(_ found: [UInt8], _ expected: [UInt8]) throws -> String {
        try withFolder { folder in
            let file = folder.appending(path: "expected").path
            try String(decoding: expected, as: UTF8.self).write(toFile: file, atomically: false, encoding: .utf8)
            let options = ["-U", "2", "--label", "expected", "--label", "found"]
            return try Command.run(["diff"] + options + [file, "-"], input: found).output
        }
    }

    /// What `xmllint --c14n` makes of a document; `nil` where the text is none.
    private static func canonical(_ text: [UInt8]) throws -> String? {
        let result = try Command.run(["xmllint", "--c14n", "-"], input: text)
        return result.status == 0 ? result.output : nil
    }

    /// A dumped domain with its controllers in alphabetical order, at its end.
    static func sortingControllers(_ xml: [UInt8]) -> [UInt8] {
        var controllers: [String] = []
        var rest: [Substring] = []
        var isInside = false
        for line in String(decoding: xml, as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("    <controller ") {
                controllers.append(String(line))
                isInside = !line.hasSuffix("/>")
            } else if isInside {
                controllers[controllers.count - 1] += "\n" + line
                isInside = line != "    </controller>"
            } else {
                rest.append(line)
            }
        }
        return Array((rest.joined(separator: "\n") + "\n" + controllers.sorted().joined(separator: "\n")).utf8)
    }
}
