internal import Operations

/// A template or an ISO as the API shows it, in one of its zones.
struct Template {
    let info: TemplateInfo
    /// `nil` where none of its zones is there any more.
    let zone: ZoneInfo?

    static let downloadFields = [
        ResponseField("datastore", "string", "the libvirt pool, or the folder"),
        ResponseField("datastoreId", "string", "the libvirt pool's UUID"),
        ResponseField("datastoreRole", "string", "Primary"),
        ResponseField("downloadPercent", "string", "how much of it is there, from 0 to 100"),
        ResponseField(
            "downloadState",
            "string",
            "BYPASSED (not asked for yet), NOT_DOWNLOADED (it waits), DOWNLOAD_IN_PROGRESS, DOWNLOADED, "
                + "DOWNLOAD_ERROR, ABANDONED"
        ),
        ResponseField("error", "string", "why it failed"),
        ResponseField("path", "string", "where it is in the pool"),
        ResponseField("hostname", "string", "the host whose pool it is"),
    ]

    /// Of templates and of ISOs.
    static let fields = [
        ResponseField("id", "string", "the id"),
        ResponseField("name", "string", "the name"),
        ResponseField("displaytext", "string", "what it is"),
        ResponseField("ispublic", "boolean", "what it was registered with"),
        ResponseField("created", "date", "when it was registered"),
        ResponseField("isready", "boolean", "whether guests can be given it"),
        ResponseField("passwordenabled", "boolean", "what it was registered with"),
        ResponseField("format", "string", "QCOW2, RAW, ISO, VMDK, ..."),
        ResponseField("isfeatured", "boolean", "what it was registered with"),
        ResponseField("crossZones", "boolean", "whether it is for all zones"),
        ResponseField("ostypeid", "string", "the id of what runs in it, as listOsTypes has it"),
        ResponseField("ostypename", "string", "the name of that"),
        ResponseField("account", "string", "the account that it belongs to, which is admin"),
        ResponseField("domainid", "string", "the id of that account's domain"),
        ResponseField("domain", "string", "that domain, which is ROOT"),
        ResponseField("zoneid", "string", "the zone that it is in"),
        ResponseField("zonename", "string", "that zone's name"),
        ResponseField(
            "status",
            "string",
            "Bypassed Secondary Storage, 43% Downloaded, Installing Template, Installing ISO, Download Complete, "
                + "Successfully Installed, Processing, or why it failed"
        ),
        ResponseField("size", "integer", "how large guests see it, in bytes"),
        ResponseField("physicalsize", "integer", "what it takes in its pool, in bytes"),
        ResponseField("templatetype", "string", "USER"),
        ResponseField("hypervisor", "string", "KVM"),
        ResponseField("isextractable", "boolean", "what it was registered with"),
        ResponseField("checksum", "string", "the checksum that it was registered with"),
        ResponseField("url", "string", "where it comes from, without user, password and query"),
        ResponseField("directdownload", "boolean", "true"),
        ResponseField("bootable", "boolean", "of an ISO: what it was registered with"),
        ResponseField("requireshvm", "boolean", "of a template: what it was registered with"),
        ResponseField("details", "map", "what it was registered with"),
        ResponseField("httpheaders", "string", "the names of the HTTP headers that are sent for it"),
        ResponseField("downloaddetails", "list", "what the pools have of it", members: downloadFields),
    ]

    /// One for each of its zones, as CloudStack lists it.
    static func inZones(_ info: TemplateInfo, _ zones: [ZoneInfo]) -> [Template] {
        let own = zones.filter { info.traits.zoneIDs.isEmpty || info.traits.zoneIDs.contains($0.id) }
        return own.isEmpty ? [Template(info: info, zone: nil)] : own.map { Template(info: info, zone: $0) }
    }

    var object: APIObject {
        let osType = OSType.all.first { $0.id == info.traits.osTypeID } ?? .other
        var object = APIObject()
        object.set("id", info.id)
        object.set("name", info.name)
        object.set("displaytext", info.displayText)
        object.set("ispublic", info.traits.isPublic)
        object.set("created", date: info.created)
        object.set("isready", info.isReady)
        object.set("passwordenabled", info.traits.isPasswordEnabled)
        object.set("format", info.format)
        object.set("isfeatured", info.traits.isFeatured)
        object.set("crossZones", info.traits.zoneIDs.isEmpty)
        object.set("ostypeid", osType.id)
        object.set("ostypename", osType.name)
        object.set("account", Caller.account)
        object.set("domainid", Caller.domainID)
        object.set("domain", Caller.domain)
        object.set("zoneid", zone?.id)
        object.set("zonename", zone?.name)
        object.set("status", info.status)
        object.set("size", info.size)
        object.set("physicalsize", info.physicalSize)
        object.set("templatetype", "USER")
        object.set("hypervisor", "KVM")
        object.set("isextractable", info.traits.isExtractable)
        object.set("checksum", info.checksum)
        object.set("url", Self.shown(url: info.url))
        object.set("directdownload", true)
        switch info.kind {
        case .template: object.set("requireshvm", info.traits.requiresHVM)
        case .iso: object.set("bootable", info.traits.isBootable)
        }
        if !info.traits.details.isEmpty { object.set("details", details) }
        if !info.headerNames.isEmpty { object.set("httpheaders", info.headerNames.joined(separator: ",")) }
        if !info.pools.isEmpty { object.set("downloaddetails", info.pools.map(download)) }
        return object
    }

    /// Without user, password, query and fragment, any of which may be a secret.
    static func shown(url: String) -> String {
        let bare = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = bare.firstRange(of: "://") else { return String(bare) }
        let rest = bare[scheme.upperBound...]
        let server = rest.prefix { $0 != "/" }
        let host = server.lastIndex(of: "@").map { server[server.index(after: $0)...] } ?? server
        return String(bare[..<scheme.upperBound]) + host + rest[server.endIndex...]
    }

    private var details: APIObject {
        var object = APIObject()
        for (name, value) in info.traits.details.sorted(by: { $0.key < $1.key }) { object.set(name, value) }
        return object
    }

    private func download(_ pool: TemplatePoolInfo) -> APIObject {
        var object = APIObject()
        object.set("datastore", pool.pool)
        object.set("datastoreId", pool.poolID)
        object.set("datastoreRole", "Primary")
        // CloudStack has it as a text.
        object.set("downloadPercent", pool.percent.map(String.init))
        object.set("downloadState", pool.state.rawValue)
        object.set("error", pool.error)
        object.set("path", pool.installPath)
        object.set("hostname", pool.hostName)
        return object
    }
}

extension TemplateInfo.Kind {
    /// What its objects stand under in answers.
    var key: String {
        switch self {
        case .template: "template"
        case .iso: "iso"
        }
    }

    /// As messages call it, with its article.
    var phrase: String {
        switch self {
        case .template: "a template"
        case .iso: "an ISO"
        }
    }

    /// As messages call it.
    var noun: String {
        switch self {
        case .template: "template"
        case .iso: "ISO"
        }
    }

    /// What stands behind the verb in the names of its commands.
    var command: String {
        switch self {
        case .template: "Template"
        case .iso: "Iso"
        }
    }
}
