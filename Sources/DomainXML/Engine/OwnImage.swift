/// The disk image that `template` makes, and the disk that it is for.
struct OwnImage {
    enum Place {
        /// A disk that the domain has, be it one that we have added before.
        case disk(Disk)
        /// One that is to be added.
        case new(DriveSlot)
        /// None: a running guest gets no other devices.
        case absent
    }

    let place: Place
    let path: String

    /// The disk where it is to be added.
    func fragment(_ slot: DriveSlot, bootOrder: Int?) -> XMLFragment {
        var children = [
            XMLFragment("driver", ["name": "qemu", "type": "qcow2"]),
            XMLFragment("source", ["file": path]),
            XMLFragment("target", ["dev": slot.target, "bus": slot.bus.rawValue]),
        ]
        if let bootOrder { children.append(XMLFragment("boot", ["order": String(bootOrder)])) }
        children.append(XMLFragment("alias", ["name": Domain.aliasPrefix + Template.role]))
        if let address = slot.addressFragment { children.append(address) }
        return XMLFragment("disk", ["type": "file", "device": "disk"], children: children)
    }
}
