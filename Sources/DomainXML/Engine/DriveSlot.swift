/// Where a cdrom or a disk goes.
struct DriveSlot: Equatable {
    let bus: DiskBus
    let target: String
    /// `nil` on usb, where libvirt chooses the port, and on virtio.
    let address: DriveAddress?
    /// Where a virtio disk goes; `nil` leaves it to libvirt.
    var deviceAddress: XMLFragment?
    /// The controller that has to be added for it.
    var newController: (type: String, index: Int, model: String?, address: XMLFragment?)?
    /// The controllers that libvirt adds for it by itself.
    var impliedControllers: [UndoRecord.ControllerName] = []

    static func == (left: DriveSlot, right: DriveSlot) -> Bool {
        left.bus == right.bus && left.target == right.target && left.address == right.address
    }

    /// `<address>`, where it is not for libvirt to choose.
    var addressFragment: XMLFragment? {
        guard let address else { return deviceAddress }
        return XMLFragment(
            "address",
            [
                "type": "drive", "controller": String(address.controller), "bus": String(address.bus),
                "target": String(address.target), "unit": String(address.unit),
            ]
        )
    }

    /// The controller that has to be added, found again by `alias`.
    func controllerFragment(alias: String) -> XMLFragment? {
        newController.map { controller in
            XMLFragment(
                "controller",
                ["type": controller.type, "index": String(controller.index), "model": controller.model],
                children: [XMLFragment("alias", ["name": alias])] + (controller.address.map { [$0] } ?? [])
            )
        }
    }
}
