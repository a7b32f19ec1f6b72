package import LibvirtClient
package import Operations
internal import Provisioning

/// The templates and ISOs of this host.
package struct HostTemplates: TemplatesService {
    private let stager: TemplateStager
    private let worker: LibvirtWorker
    private let hostName: String

    private var records: TemplateRecords { stager.records }

    /// - Parameter worker: is asked for storage pools.
    package init(stager: TemplateStager, worker: LibvirtWorker, hostName: String) {
        self.stager = stager
        self.worker = worker
        self.hostName = hostName
    }

    package func list() async throws -> [TemplateInfo] { try records.all().map { try info($0) } }

    package func register(_ registration: TemplateRegistration) async throws -> TemplateInfo {
        let isISO = registration.kind == .iso
        var record = TemplateRecord(
            name: try TemplateName.checked(registration.name),
            kind: isISO ? .iso : .template,
            url: try SourceFetcher.checked(registration.url),
            checksum: try registration.checksum.map { try Checksum($0) },
            format: try Self.format(registration),
            headers: registration.headers
        )
        record.displayText = registration.displayText
        record.presentation = registration.traits
        let place = try await place(registration.pool)
        let known = try records.register(record)
        if let place { _ = try stager.want(known, place) }
        return try info(known)
    }

    package func delete(_ id: String, force: Bool) async throws {
        guard let template = try records.template(id) else {
            throw APIError.parameter("there is no template or ISO '\(APIError.shown(id))'")
        }
        let maintenance = TemplateMaintenance(state: stager.state, records: records)
        let disks = try await offPool { try maintenance.disks(on: id) }
        if disks.isEmpty { return try await offPool { try maintenance.remove(template) } }
        if force { return try records.forget(id) }
        let names = Set(disks.map(\.guestName)).sorted().prefix(5).joined(separator: ", ")
        throw APIError(
            .resourceInUse,
            "disks of guests are overlays on \(template.kind.rawValue) '\(template.name)': \(names); remove them first, or pass "
                + "forced=true, with which it goes with the last of them"
        )
    }

    private func place(_ pool: String?) async throws -> TemplatePlace? {
        guard let pool else { return nil }
        return try await worker.run { connection in try TemplatePlace(pool) { connection } }
    }

    /// - Throws: for what no guest of KVM's can be given.
    private static func format(_ registration: TemplateRegistration) throws -> ImageFormat? {
        if registration.kind == .iso { return .iso }
        switch registration.format {
        case nil: return nil
        case "RAW": return .raw
        // Others are converted, as QEMU's own is what overlays need.
        case "QCOW2", "VMDK", "OVA", "VHD", "VHDX", "VDI": return .qcow2
        case let other?:
            throw APIError.parameter(
                "format '\(APIError.shown(other))' is none that KVM has; known are QCOW2, RAW, VMDK, VHD, VHDX, VDI"
            )
        }
    }

    private func info(_ template: TemplateRecord) throws -> TemplateInfo {
        let copies = try records.copies(of: template.id)
        let ready = copies.first { $0.effectiveState == .ready }
        return TemplateInfo(
            id: template.id,
            name: template.name,
            displayText: template.displayText,
            kind: template.kind == .iso ? .iso : .template,
            url: template.url,
            checksum: template.checksum?.text,
            format: (ready?.format ?? template.format ?? .qcow2).rawValue.uppercased(),
            size: ready?.virtualSize.map { Int($0) },
            physicalSize: ready?.fileSize.map { Int($0) },
            created: template.created,
            pools: copies.map { pool($0) },
            isReady: copies.isEmpty || ready != nil,
            status: Self.status(template, copies),
            traits: template.presentation ?? TemplateTraits(),
            headerNames: template.headers.map(\.name)
        )
    }

    private func pool(_ copy: TemplateCopy) -> TemplatePoolInfo {
        let state: TemplatePoolInfo.State =
            switch copy.effectiveState {
            case .queued: .queued
            case .staging: .downloading
            case .ready: .downloaded
            case .failed: .failed
            }
        return TemplatePoolInfo(
            pool: copy.pool ?? copy.folder,
            state: state,
            percent: state == .downloaded ? 100 : copy.progress.percent,
            error: state == .failed ? copy.error : nil,
            installPath: copy.path,
            hostName: hostName
        )
    }

    /// CloudStack's words.
    private static func status(_ template: TemplateRecord, _ copies: [TemplateCopy]) -> String {
        let isISO = template.kind == .iso
        let states = copies.map(\.effectiveState)
        if states.contains(.ready) { return isISO ? "Successfully Installed" : "Download Complete" }
        if let copy = copies.first(where: { $0.effectiveState == .staging }) {
            switch copy.progress.phase {
            case .verifying, .converting, .publishing: return isISO ? "Installing ISO" : "Installing Template"
            default: return "\(copy.progress.percent ?? 0)% Downloaded"
            }
        }
        if let failed = copies.first(where: { $0.effectiveState == .failed }) {
            return failed.error ?? "the download has failed"
        }
        return copies.isEmpty ? "Bypassed Secondary Storage" : "Processing"
    }
}
