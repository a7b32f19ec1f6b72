/// Where `<boot dev>` stands in `<os>`, so that what was taken out can come back to the same byte.
struct OSBootLayout {
    let root: XMLElement
    let editor: XMLEditor

    /// What libvirt writes in front of `<boot>` when it formats a domain (virDomainDefFormatInternal).
    private static let predecessors: Set<String> = [
        "type", "firmware", "init", "initarg", "initenv", "initdir", "inituser", "initgroup", "loader", "nvram",
        "varstore", "kernel", "initrd", "cmdline", "shim", "dtb", "acpi",
    ]

    /// The `<os>` that has them, or could.
    private var element: XMLElement? {
        let all = root.children("os")
        return all.first { $0.child("boot") != nil } ?? all.first
    }

    /// The `<boot dev>` elements, with the place of those that do not stand where libvirt would put them.
    func displaced() -> [UndoRecord.OSBoot] {
        root.children("os").flatMap { displaced(in: $0) }
    }

    private func displaced(in element: XMLElement) -> [UndoRecord.OSBoot] {
        let staying = element.children.filter { !$0.isNamed("boot") }
        let usual = usualPlace(element, staying)
        var result: [UndoRecord.OSBoot] = []
        var preceding = 0
        var anchorEnd = element.tagEnd
        var removed = 0
        for child in element.children {
            guard child.isNamed("boot") else {
                preceding += 1
                anchorEnd = child.end
                removed = 0
                continue
            }
            let range = editor.removalRange(of: child)
            let space = String(
                decoding: child.document.bytes[range.lowerBound..<child.start],
                as: UTF8.self
            )
            let place = UndoRecord.Placement(
                after: preceding,
                gap: range.lowerBound - anchorEnd - removed,
                space: space
            )
            removed += range.count
            result.append(.init(device: child.attribute("dev") ?? "", placement: place == usual ? nil : place))
        }
        return result
    }

    /// Puts them back.
    func restore(_ boots: [UndoRecord.OSBoot], into editor: inout XMLEditor) {
        guard let element else { return }
        let staying = Array(element.children)
        if element.isSelfClosing {
            editor.append(boots.map { XMLFragment("boot", ["dev": $0.device]) }, to: element)
            return
        }
        let quote = staying.first.flatMap(\.quote)
        for boot in boots {
            var place = usualPlace(element, staying)
            if let recorded = boot.placement, fits(recorded, element, staying) { place = recorded }
            let position = anchorEnd(place.after, element, staying) + place.gap
            let text = editor.render(XMLFragment("boot", ["dev": boot.device]), nil, quote: quote)
            editor.insert(place.space + text, at: position)
        }
    }

    private func usualPlace(_ element: XMLElement, _ staying: [XMLElement]) -> UndoRecord.Placement {
        let after = (staying.lastIndex { Self.predecessors.contains($0.name) } ?? -1) + 1
        let neighbour = after > 0 ? staying[after - 1] : staying.first
        let space = neighbour.flatMap { editor.indentation(of: $0) }
        return .init(after: after, gap: 0, space: space ?? (staying.isEmpty ? ownSpace(element) : ""))
    }

    private func ownSpace(_ element: XMLElement) -> String {
        (editor.indentation(of: element).map { $0 + editor.step }) ?? ""
    }

    private func anchorEnd(_ after: Int, _ element: XMLElement, _ staying: [XMLElement]) -> Int {
        after == 0 ? element.tagEnd : staying[after - 1].end
    }

    /// Whether a recorded place is still there: libvirt drops comments and sorts elements.
    private func fits(_ place: UndoRecord.Placement, _ element: XMLElement, _ staying: [XMLElement]) -> Bool {
        guard place.after <= staying.count else { return false }
        let end = place.after < staying.count ? staying[place.after].start : element.closeStart
        var position = anchorEnd(place.after, element, staying)
        guard place.gap <= end - position else { return false }
        // Somebody may have edited a comment there, so that the place would be in the midst of it.
        let wanted = position + place.gap
        let bytes = element.document.bytes
        while position < wanted {
            if bytes[position].isXMLSpace {
                position += 1
            } else if bytes[position...].starts(with: "<!--".utf8) {
                position = bytes[position..<end].firstRange(of: "-->")?.upperBound ?? end
            } else {
                return false
            }
        }
        return position == wanted
    }
}
