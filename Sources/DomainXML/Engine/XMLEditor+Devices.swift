extension XMLEditor {
    /// Adds disks and their controllers behind the domain's own.
    mutating func insert(_ devices: [(disk: XMLFragment, controller: XMLFragment?)], into domain: Domain) {
        var fragments: [XMLFragment] = []
        for device in devices {
            if let controller = device.controller {
                // Behind the others of its type: libvirt would else move those in front of it, and they would stay there
                // when it goes (virDomainControllerInsertPreAlloced).
                let type = controller.attributes.first { $0.name == "type" }?.value
                if let sibling = domain.controllers.last(where: { $0.type == type }) {
                    insert(controller, after: sibling.element)
                } else {
                    fragments.append(controller)
                }
            }
            fragments.append(device.disk)
        }
        if let last = domain.disks.last?.element {
            for fragment in fragments { insert(fragment, after: last) }
        } else if let block = domain.deviceBlocks.first {
            append(fragments, to: block)
        }
    }
}
