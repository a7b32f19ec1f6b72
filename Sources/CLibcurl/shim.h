#pragma once

#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: one wrapper for each argument type.

static inline CURLcode hostler_curl_setopt_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode hostler_curl_setopt_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode hostler_curl_setopt_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode hostler_curl_setopt_blob(CURL *handle, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {.data = (void *)bytes, .len = count, .flags = CURL_BLOB_COPY};
    return curl_easy_setopt(handle, option, &blob);
}

typedef size_t (*hostler_curl_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode hostler_curl_setopt_callback(CURL *handle, CURLoption option, hostler_curl_callback value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode hostler_curl_getinfo_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode hostler_curl_getinfo_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode hostler_curl_getinfo_string(CURL *handle, CURLINFO info, char **value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode hostler_curl_getinfo_certificates(CURL *handle, struct curl_certinfo **value) {
    return curl_easy_getinfo(handle, CURLINFO_CERTINFO, value);
}

// CURLVERSION_NOW is a macro that names an enumerator, which Swift does not import.
static inline const char *hostler_curl_ca_file(void) {
    return curl_version_info(CURLVERSION_NOW)->cainfo;
}

typedef curl_socket_t (*hostler_curl_open_socket)(void *context, curlsocktype purpose, struct curl_sockaddr *address);

static inline CURLcode hostler_curl_setopt_open_socket(CURL *handle, hostler_curl_open_socket value) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}

typedef int (*hostler_curl_progress)(void *context, curl_off_t total, curl_off_t now, curl_off_t up_all, curl_off_t up);

static inline CURLcode hostler_curl_setopt_progress(CURL *handle, hostler_curl_progress value) {
    return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, value);
}

// Its macro CURL_SOCKET_BAD is -1 in a cast, which Swift does not import.
static inline curl_socket_t hostler_curl_socket_bad(void) { return CURL_SOCKET_BAD; }

// A member of a union, which Swift does not see.
static inline CURLcode hostler_curl_message_result(const CURLMsg *message) { return message->data.result; }
