/// Keeps Hostler's metadata element: the properties that were given from outside, and the undo record.
struct MetadataWriter {
    private static let prefix = "hostler:"
    let metadata: Metadata
    let root: XMLElement

    func write(
        _ values: PropertyValues,
        unset: Set<String>,
        record: UndoRecord,
        old: UndoRecord,
        into editor: inout XMLEditor
    ) {
        let recorded = values.sorted.filter(\.source.isRecorded)
        if let own = metadata.own {
            update(own, recorded, unset: unset, record: record, old: old, &editor)
        } else if !recorded.isEmpty || record.isNeeded {
            create(recorded, record, &editor)
        }
    }

    private func create(_ recorded: [PropertyValue], _ record: UndoRecord, _ editor: inout XMLEditor) {
        var record = record
        if let element = metadata.element, element.children.first(where: { _ in true }) == nil {
            record.metadata = element.isSelfClosing || element.tagEnd == element.closeStart ? .nothing : .text
        }
        var children = recorded.map { XMLFragment(Self.prefix + $0.name, text: $0.value) }
        if record.isNeeded || record.metadata != nil { children.append(record.fragment(prefix: Self.prefix)) }
        let own = XMLFragment(
            "\(Self.prefix)domain",
            ["xmlns:hostler": Metadata.hostlerNamespace],
            children: children
        )
        if let element = metadata.element {
            editor.append([own], to: element)
            return
        }
        // Where libvirt writes it: behind what names the domain.
        let fragment = XMLFragment("metadata", children: [own])
        let naming = root.children.filter { child in
            child.isNamed("name") || child.isNamed("uuid") || child.isNamed("genid") || child.isNamed("title")
                || child.isNamed("description")
        }
        if let last = naming.last { editor.insert(fragment, after: last) } else { editor.prepend([fragment], to: root) }
    }

    private func update(
        _ own: XMLElement,
        _ recorded: [PropertyValue],
        unset: Set<String>,
        record: UndoRecord,
        old: UndoRecord,
        _ editor: inout XMLEditor
    ) {
        let staying = metadata.ownProperties.filter { !unset.contains($0.name) }
        let names = Set(staying.map(\.name))
        let new = recorded.filter { !names.contains($0.name) }
        // An element of ours that says nothing is not ours to take away.
        if metadata.ownProperties.isEmpty && metadata.undo == nil && new.isEmpty && !record.isNeeded { return }
        if staying.isEmpty && new.isEmpty && !record.isNeeded {
            removeAll(own, keeping: old.metadata, &editor)
            return
        }
        for element in metadata.ownProperties
        where unset.contains(element.name) && !new.contains(where: { $0.name == element.name }) {
            editor.remove(element)
        }
        for value in recorded {
            let elements = metadata.ownProperties.filter { $0.name == value.name }
            if let element = elements.first, !String.isSame(element.text.trimmed, value.value) {
                editor.setText(value.value, of: element)
            }
            for element in elements.dropFirst() { editor.remove(element) }
        }
        let absent = new.filter { value in !metadata.ownProperties.contains { $0.name == value.name } }
        var fragments = absent.map { XMLFragment(own.prefix + $0.name, text: $0.value) }
        let wanted = record.isNeeded || record.metadata != nil
        if let undo = metadata.undo {
            for fragment in fragments { editor.insert(fragment, before: undo) }
            if !wanted {
                editor.remove(undo)
            } else if record != old {
                editor.replace(undo, with: record.fragment(prefix: own.prefix))
            }
        } else {
            if wanted { fragments.append(record.fragment(prefix: own.prefix)) }
            editor.append(fragments, to: own)
        }
    }

    private func removeAll(
        _ own: XMLElement,
        keeping content: UndoRecord.EmptyMetadata?,
        _ editor: inout XMLEditor
    ) {
        guard let element = metadata.element, content != .text, isAlone(own, in: element) else {
            editor.remove(own)
            return
        }
        if content == nil { editor.remove(element) } else { editor.removeContent(of: element) }
    }

    /// Whether nothing but white space is beside our element.
    private func isAlone(_ own: XMLElement, in element: XMLElement) -> Bool {
        let bytes = own.document.bytes
        return bytes[element.tagEnd..<own.start].allSatisfy(\.isXMLSpace)
            && bytes[own.end..<element.closeStart].allSatisfy(\.isXMLSpace)
    }
}

extension UndoRecord {
    /// Whether there is something to put back.
    var isNeeded: Bool { osBoot != nil || !orders.isEmpty || !controllers.isEmpty || !disks.isEmpty }
}
