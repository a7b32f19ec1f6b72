/// The difference of two texts as `diff -u` shows it.
struct UnifiedDiff {
    private enum Line: Equatable {
        case same(Substring)
        case removed(Substring)
        case added(Substring)
    }

    /// Lines around a change that are shown with it.
    private static let context = 3

    private let lines: [Line]
    private let names: (old: String, new: String)

    init(old: String, new: String, oldName: String, newName: String) {
        lines = Self.align(Self.split(old), Self.split(new))
        names = (oldName, newName)
    }

    /// The whole diff with a newline behind each line; nothing where the texts are the same.
    func text(coloured: Bool) -> String {
        let hunks = hunks()
        if hunks.isEmpty { return "" }
        var result = Terminal.styled("--- \(names.old)", .bold, when: coloured) + "\n"
        result += Terminal.styled("+++ \(names.new)", .bold, when: coloured) + "\n"
        for hunk in hunks {
            result += Terminal.styled(header(hunk), .cyan, when: coloured) + "\n"
            for line in lines[hunk] { result += Self.render(line, coloured) }
        }
        return result
    }

    /// Where changes are, with their context; what touches is one.
    private func hunks() -> [Range<Int>] {
        var result: [Range<Int>] = []
        for (index, line) in lines.enumerated() {
            if case .same = line { continue }
            let range = max(0, index - Self.context)..<min(lines.count, index + Self.context + 1)
            if let last = result.last, last.upperBound >= range.lowerBound {
                result[result.count - 1] = last.lowerBound..<range.upperBound
            } else {
                result.append(range)
            }
        }
        return result
    }

    private func header(_ hunk: Range<Int>) -> String {
        let before = Self.count(lines[..<hunk.lowerBound])
        let inside = Self.count(lines[hunk])
        return "@@ -\(Self.range(before.old, inside.old)) +\(Self.range(before.new, inside.new)) @@"
    }

    /// diff's way to write a range: lines count from 1, an empty one names the line before it, a count of 1 is left out.
    private static func range(_ before: Int, _ count: Int) -> String {
        count == 1 ? "\(before + 1)" : "\(count == 0 ? before : before + 1),\(count)"
    }

    private static func count(_ lines: ArraySlice<Line>) -> (old: Int, new: Int) {
        lines.reduce(into: (old: 0, new: 0)) { count, line in
            switch line {
            case .same: count = (count.old + 1, count.new + 1)
            case .removed: count.old += 1
            case .added: count.new += 1
            }
        }
    }

    private static func render(_ line: Line, _ coloured: Bool) -> String {
        switch line {
        case .same(let text): ending(" ", text) { $0 }
        case .removed(let text): ending("-", text) { Terminal.styled($0, .red, when: coloured) }
        case .added(let text): ending("+", text) { Terminal.styled($0, .green, when: coloured) }
        }
    }

    private static func ending(_ mark: String, _ text: Substring, style: (String) -> String) -> String {
        if text.utf8.last == UInt8(ascii: "\n") {
            // By bytes: to Swift, "\r\n" is one character.
            return style(mark + String(decoding: text.utf8.dropLast(), as: UTF8.self)) + "\n"
        }
        return style(mark + text) + "\n\\ No newline at end of file\n"
    }

    /// Lines with their newlines, so that a missing last one is a difference.
    private static func split(_ text: String) -> [Substring] {
        var lines: [Substring] = []
        var start = text.startIndex
        let bytes = text.utf8
        while start < text.endIndex {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { bytes.index(after: $0) } ?? text.endIndex
            lines.append(text[start..<end])
            start = end
        }
        return lines
    }

    private static func align(_ old: [Substring], _ new: [Substring]) -> [Line] {
        var removed: Set<Int> = []
        var added: Set<Int> = []
        for change in new.difference(from: old) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var lines: [Line] = []
        var oldIndex = 0
        var newIndex = 0
        while oldIndex < old.count || newIndex < new.count {
            if removed.contains(oldIndex) {
                lines.append(.removed(old[oldIndex]))
                oldIndex += 1
            } else if added.contains(newIndex) {
                lines.append(.added(new[newIndex]))
                newIndex += 1
            } else {
                lines.append(.same(old[oldIndex]))
                oldIndex += 1
                newIndex += 1
            }
        }
        return lines
    }
}
