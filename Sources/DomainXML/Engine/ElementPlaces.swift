/// Where children stand that are taken out of an element, so that they can come back to the same byte.
struct ElementPlaces {
    let parent: XMLElement
    let editor: XMLEditor
    /// Whether a child comes and goes.
    let isDisplaced: (XMLElement) -> Bool
    /// What libvirt writes in front of a child of that name when it formats a domain, of all that stays.
    let predecessors: (String) -> Set<String>

    private var staying: [XMLElement] { parent.children.filter { !isDisplaced($0) } }

    /// The children that go, with the place of those that do not stand where libvirt would put them.
    func displaced() -> [(element: XMLElement, placement: UndoRecord.Placement?)] {
        let staying = staying
        var result: [(element: XMLElement, placement: UndoRecord.Placement?)] = []
        var preceding = 0
        var anchorEnd = parent.tagEnd
        var removed = 0
        for child in parent.children {
            guard isDisplaced(child) else {
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
            result.append((child, place == usualPlace(child.name, staying) ? nil : place))
        }
        return result
    }

    /// Where a child of that name goes back to: the offset, and the white space in front of it.
    func place(_ recorded: UndoRecord.Placement?, name: String) -> (offset: Int, space: String) {
        let staying = staying
        var place = usualPlace(name, staying)
        if let recorded, fits(recorded, staying) { place = recorded }
        return (anchorEnd(place.after, staying) + place.gap, place.space)
    }

    private func usualPlace(_ name: String, _ staying: [XMLElement]) -> UndoRecord.Placement {
        let before = predecessors(name)
        let after = (staying.lastIndex { before.contains($0.name) } ?? -1) + 1
        let neighbour = after > 0 ? staying[after - 1] : staying.first
        let space = neighbour.flatMap { editor.indentation(of: $0) }
        return .init(after: after, gap: 0, space: space ?? (staying.isEmpty ? ownSpace : ""))
    }

    private var ownSpace: String {
        (editor.indentation(of: parent).map { $0 + editor.step }) ?? ""
    }

    private func anchorEnd(_ after: Int, _ staying: [XMLElement]) -> Int {
        after == 0 ? parent.tagEnd : staying[after - 1].end
    }

    /// Whether a recorded place is still there: libvirt drops comments and sorts elements.
    private func fits(_ place: UndoRecord.Placement, _ staying: [XMLElement]) -> Bool {
        guard place.after <= staying.count else { return false }
        let end = place.after < staying.count ? staying[place.after].start : parent.closeStart
        var position = anchorEnd(place.after, staying)
        guard place.gap <= end - position else { return false }
        // Somebody may have edited a comment there, so that the place would be in the midst of it.
        let wanted = position + place.gap
        let bytes = parent.document.bytes
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
