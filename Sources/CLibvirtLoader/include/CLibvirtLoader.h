#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

// Loads libvirt's client library. Has to succeed before any of its functions is called.
// Returns NULL, or what the loader says is wrong.
const char *hostler_virLoad(void);

// virConnectOpenAuth with the credentials that virsh asks for on a terminal: Swift 6 lets nobody read the mutable global
// that they are in.
virConnectPtr hostler_virConnectOpen(const char *uri);

// libvirt prints each error to stderr unless it is given a handler; ours come back as return values.
void hostler_virSilence(void);

// virDomainQemuMonitorCommand, whose library (libvirt-qemu.so.0) is a second one, with the answer thrown away.
// Returns -1 where there is no such library, no QEMU, or libvirt refuses it.
int hostler_virMonitorCommand(virDomainPtr domain, const char *command);

// An event of a guest. What is of another kind is 0 or NULL. The strings are there for the time of the call.
struct hostler_event {
    // virDomainEventID.
    int kind;
    const char *uuid;
    const char *name;
    // Lifecycle: virDomainEventType. I/O error: virDomainEventIOErrorAction. Metadata: virDomainMetadataType.
    int number;
    // Lifecycle: the virDomainEvent…DetailType.
    int detail;
    // I/O error: the path or URL. Metadata: the namespace.
    const char *source;
    const char *alias;
    const char *reason;
};
typedef void (*hostler_event_handler)(void *context, const struct hostler_event *event);

// Calls `handler` in the thread of the event loop for each event of `kind`, until virConnectDomainEventDeregisterAny is
// called with what this returns. -1 where the driver has no such events. `release` is called with `context` once nobody
// needs it any more, in either case. Swift sees neither the union of callback types nor VIR_DOMAIN_EVENT_CALLBACK, which
// casts to it.
int hostler_virSubscribe(virConnectPtr connection, int kind, hostler_event_handler handler, void *context,
                         virFreeCallback release);
