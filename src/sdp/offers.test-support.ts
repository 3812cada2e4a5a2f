/** Descriptions as endpoints really write them, line by line; `crlf` makes them what goes over the wire. */

export function crlf(text: string): string {
  return text.trim().split('\n').join('\r\n') + '\r\n'
}

const DIGEST = Array.from({ length: 32 }, (_, index) => (index * 7 + 16).toString(16).toUpperCase()).join(':')

/** Audio, video and data, bundled, as Chromium 156 offers them (fewer codecs). */
export const CHROMIUM_MEDIA_OFFER = crlf(`
v=0
o=- 8291197141601009654 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:LBym
a=ice-pwd:nXlKI8KErNIoX5kSAZmC9TFo
a=ice-options:trickle
a=fingerprint:sha-256 39:1A:F3:5B:13:28:08:0D:3C:75:59:11:50:DB:CE:95:D7:22:67:02:83:D7:3F:52:78:32:50:60:95:0E:43:17
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:- 50750c97-a15e-4dd1-8f1e-ef330a88ead5
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:1294335279 cname:pwt3l1/FxnSs/4jX
a=ssrc:1294335279 msid:- 50750c97-a15e-4dd1-8f1e-ef330a88ead5
m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:LBym
a=ice-pwd:nXlKI8KErNIoX5kSAZmC9TFo
a=ice-options:trickle
a=fingerprint:sha-256 39:1A:F3:5B:13:28:08:0D:3C:75:59:11:50:DB:CE:95:D7:22:67:02:83:D7:3F:52:78:32:50:60:95:0E:43:17
a=setup:actpass
a=mid:1
a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:13 urn:3gpp:video-orientation
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/video-content-type
a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/video-timing
a=extmap:8 http://www.webrtc.org/experiments/rtp-hdrext/color-space
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
a=sendrecv
a=msid:- c7810103-44bf-47b0-a9c1-cf2d34b33281
a=rtcp-mux
a=rtcp-rsize
a=rtcp-xr:rcvr-rtt=all
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 transport-cc
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=ssrc-group:FID 3802494389 137373051
a=ssrc:3802494389 cname:pwt3l1/FxnSs/4jX
a=ssrc:3802494389 msid:- c7810103-44bf-47b0-a9c1-cf2d34b33281
a=ssrc:137373051 cname:pwt3l1/FxnSs/4jX
a=ssrc:137373051 msid:- c7810103-44bf-47b0-a9c1-cf2d34b33281
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:LBym
a=ice-pwd:nXlKI8KErNIoX5kSAZmC9TFo
a=ice-options:trickle
a=fingerprint:sha-256 39:1A:F3:5B:13:28:08:0D:3C:75:59:11:50:DB:CE:95:D7:22:67:02:83:D7:3F:52:78:32:50:60:95:0E:43:17
a=setup:actpass
a=mid:2
a=sctp-port:5000
a=max-message-size:262144`)

export const CHROMIUM_DATA_OFFER = crlf(`
v=0
o=- 7994738657556463610 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=candidate:401362039 1 udp 2113937151 b8d3747b-9d67-46e2-979f-25992509de7f.local 44281 typ host generation 0 network-cost 999
a=ice-ufrag:nMHE
a=ice-pwd:TdHeOKcRJB3/z6CWfRofRlCt
a=ice-options:trickle
a=fingerprint:sha-256 ${DIGEST}
a=setup:actpass
a=mid:0
a=sctp-port:5000
a=max-message-size:262144`)

/** Firefox: fingerprint and ice-options at session level, no limit on messages but 2^30. */
export const FIREFOX_DATA_OFFER = crlf(`
v=0
o=mozilla...THIS_IS_SDPARTA-99.0 5836416247264413713 0 IN IP4 0.0.0.0
s=-
t=0 0
a=fingerprint:sha-256 ${DIGEST}
a=group:BUNDLE 0
a=ice-options:trickle
a=msid-semantic:WMS *
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=sendrecv
a=ice-pwd:60b8c7b1f29c2bf74d04ee1e4ac66df4
a=ice-ufrag:4d49ee2c
a=mid:0
a=setup:actpass
a=sctp-port:5000
a=max-message-size:1073741823`)

/** Firefox before 68, with the draft form of data channels. */
export const OLD_FIREFOX_DATA_OFFER = crlf(`
v=0
o=mozilla...THIS_IS_SDPARTA-52.0 5836416247264413713 0 IN IP4 0.0.0.0
s=-
t=0 0
a=fingerprint:sha-256 ${DIGEST}
a=ice-options:trickle
a=msid-semantic:WMS *
m=application 9 DTLS/SCTP 5000
c=IN IP4 0.0.0.0
a=sendrecv
a=ice-pwd:60b8c7b1f29c2bf74d04ee1e4ac66df4
a=ice-ufrag:4d49ee2c
a=mid:sdparta_0
a=sctpmap:5000 webrtc-datachannel 256
a=setup:actpass`)

/** Safari, max-bundle with the data section inside. */
export const SAFARI_BUNDLE_ONLY_OFFER = crlf(`
v=0
o=- 3108347214471219230 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=msid-semantic: WMS A1
m=audio 9 UDP/TLS/RTP/SAVPF 111 0
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:TdHeOKcRJB3/z6CWfRofRlCt
a=ice-options:trickle
a=fingerprint:sha-256 ${DIGEST}
a=setup:actpass
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
m=application 0 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=bundle-only
a=mid:1
a=sctp-port:5000
a=max-message-size:65536`)

export const WERIFT_OFFER = crlf(`
v=0
o=- 73992294 0 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic:WMS *
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:4ca5
a=ice-pwd:2a37b3e21a3f89901ddb6d
a=ice-options:trickle
a=fingerprint:sha-256 ${DIGEST}
a=setup:actpass
a=mid:0
a=sctp-port:5000
a=max-message-size:65536`)

/** libdatachannel: transport after SCTP, options joined by a comma. */
export const LIBDATACHANNEL_OFFER = crlf(`
v=0
o=rtc 1466382304 0 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=msid-semantic:WMS *
a=ice-options:ice2,trickle
a=fingerprint:sha-256 ${DIGEST}
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=mid:0
a=sendrecv
a=sctp-port:5000
a=max-message-size:262144
a=setup:actpass
a=ice-ufrag:MCns
a=ice-pwd:DmkAKVazreOIdedTYEeaP8`)

export const DATA_OFFERS: Readonly<Record<string, string>> = {
  Chromium: CHROMIUM_DATA_OFFER,
  Firefox: FIREFOX_DATA_OFFER,
  'old Firefox': OLD_FIREFOX_DATA_OFFER,
  werift: WERIFT_OFFER,
  libdatachannel: LIBDATACHANNEL_OFFER,
}

export const ALL_OFFERS: Readonly<Record<string, string>> = {
  ...DATA_OFFERS,
  'Chromium with media': CHROMIUM_MEDIA_OFFER,
  'Safari bundle-only': SAFARI_BUNDLE_ONLY_OFFER,
}
