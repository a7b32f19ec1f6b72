import DomainXML
import Glibc
import Timing

// In-process numbers of the engine, for `Benchmarks/run`:
//   EngineBenchmark domain DISKS        prints a domain with that many disks
//   EngineBenchmark rate DISKS SECONDS  prints bytes, transforms per second
//   EngineBenchmark memory DISKS        prints bytes, growth of the peak resident set in bytes over one transform
//   EngineBenchmark compare …           see Compare.swift

/// A domain as libvirt writes it, about 2 kB and 2 kB more for each disk.
func domain(disks: Int) -> [UInt8] {
    var text = """
        <domain type='kvm'>
          <name>bench</name>
          <uuid>0b1b6f0a-6f0e-4a4e-8d1c-0c8d3f1f6c09</uuid>
          <metadata>
            <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0">
              <libosinfo:os id="http://debian.org/debian/12"/>
            </libosinfo:libosinfo>
          </metadata>
          <memory unit='KiB'>4194304</memory>
          <currentMemory unit='KiB'>4194304</currentMemory>
          <vcpu placement='static'>4</vcpu>
          <os>
            <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
            <boot dev='hd'/>
            <boot dev='network'/>
          </os>
          <features>
            <acpi/>
            <apic/>
            <vmport state='off'/>
          </features>
          <cpu mode='host-passthrough' check='none' migratable='on'/>
          <on_poweroff>destroy</on_poweroff>
          <on_reboot>restart</on_reboot>
          <on_crash>destroy</on_crash>
          <devices>
            <emulator>/usr/bin/qemu-system-x86_64</emulator>

        """
    for index in 0..<disks {
        text += """
                <disk type='block' device='disk'>
                  <driver name='qemu' type='raw' cache='none' io='native' discard='unmap' queues='4'/>
                  <source dev='/dev/mapper/vg_guests-bench_disk_\(index)' index='\(index + 1)'>
                    <reservations managed='yes'>
                      <source type='unix' path='/run/libvirt/qemu/domain-1-bench/pr-helper\(index).sock' mode='client'/>
                    </reservations>
                  </source>
                  <backingStore/>
                  <target dev='vd\(letters(index))' bus='virtio'/>
                  <iotune>
                    <total_bytes_sec>104857600</total_bytes_sec>
                    <read_iops_sec>2000</read_iops_sec>
                    <write_iops_sec>2000</write_iops_sec>
                    <total_bytes_sec_max>209715200</total_bytes_sec_max>
                    <read_iops_sec_max>4000</read_iops_sec_max>
                    <write_iops_sec_max>4000</write_iops_sec_max>
                    <group_name>group-\(index % 8)</group_name>
                  </iotune>
                  <serial>0b1b6f0a-6f0e-4a4e-8d1c-\(index)</serial>
                  <alias name='ua-0b1b6f0a-6f0e-4a4e-8d1c-0c8d3f1f\(index)'/>
                  <address type='pci' domain='0x0000' bus='0x\(String(index / 32 + 1, radix: 16))' slot='0x\(String(index % 32, radix: 16))' function='0x0'/>
                </disk>
                <controller type='pci' index='\(index + 1)' model='pcie-root-port'>
                  <model name='pcie-root-port'/>
                  <target chassis='\(index + 1)' port='0x\(String(16 + index, radix: 16))'/>
                  <alias name='pci.\(index + 1)'/>
                  <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x\(index % 8)'/>
                </controller>

            """
    }
    text += """
            <interface type='bridge'>
              <mac address='52:54:00:00:00:01'/>
              <source bridge='br0'/>
              <model type='virtio'/>
            </interface>
            <console type='pty'/>
          </devices>
        </domain>

        """
    return Array(text.utf8)
}

func letters(_ index: Int) -> String {
    let last = String(Unicode.Scalar(UInt8(ascii: "a") + UInt8(index % 26)))
    return index < 26 ? last : letters(index / 26 - 1) + last
}

func transform(_ xml: [UInt8]) throws -> [UInt8] {
    let url = PropertyValue(
        name: "httpsisoboot",
        value: "https://iso.example.com/debian-12-amd64-netinst.iso",
        source: .commandLine
    )
    return try DomainTransformer.transform(xml, TransformRequest(properties: [url])).xml
}

let arguments = CommandLine.arguments
if arguments.count > 1, arguments[1] == "compare" { exit(Compare.main(Array(arguments.dropFirst(2)))) }
guard arguments.count >= 3, let disks = Int(arguments[2]) else {
    print("usage: EngineBenchmark domain|rate|memory DISKS [SECONDS]")
    exit(64)
}
let xml = domain(disks: disks)
switch arguments[1] {
case "domain":
    print(String(decoding: xml, as: UTF8.self), terminator: "")
case "rate":
    let wanted = Duration.seconds(arguments.count > 3 ? Int(arguments[3]) ?? 1 : 1)
    let clock = ContinuousClock()
    let start = clock.now
    var count = 0
    while clock.now - start < wanted {
        for _ in 0..<10 { _ = try transform(xml) }
        count += 10
    }
    let elapsed = clock.now - start
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    print(xml.count, Int(Double(count) / seconds))
case "memory":
    // What any process of the kind needs anyway is not the document's: a first transform warms everything up.
    _ = try transform(domain(disks: 1))
    let before = Timing.peak()
    _ = try transform(xml)
    print(xml.count, Timing.peak() - before)
default:
    print("usage: EngineBenchmark domain|rate|memory DISKS [SECONDS]")
    exit(64)
}
