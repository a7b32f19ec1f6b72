internal import ArgumentParser
internal import Provisioning

/// What can be taken away from a drive, named like the option that gives it.
enum DrivePart: String, CaseIterable, ExpressibleByArgument {
    case userData = "user-data"
    case vendorData = "vendor-data"
    case sshKeys = "ssh-keys"
    case meta
    case hostname
    case password
    case network
    case vmData = "vm-data"
    case label

    func remove(from data: inout ConfigDriveData) {
        switch self {
        case .userData: data.userData = nil
        case .vendorData: data.vendorData = nil
        case .sshKeys: data.sshKeys = []
        case .meta: data.metadata = [:]
        case .hostname: data.hostname = nil
        case .password: data.password = nil
        case .network: data.network = .none
        case .vmData: data.vmData = []
        case .label: data.label = nil
        }
    }
}
