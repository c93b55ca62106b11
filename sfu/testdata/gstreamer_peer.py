"""One side of a call by GStreamer's webrtcbin: publishes a moving picture and a tone,
decodes what comes.

    gstreamer_peer.py URL WIDTH

POSTs its offer to URL and reads the answer. Ends with "ok" when it has decoded
pictures of WIDTH and sound that is not silence.
"""

import sys
import threading
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

PICTURES, SOUNDS = 60, 20

PIPELINE = """
webrtcbin name=peer bundle-policy=max-bundle
videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=30/1 ! videoconvert !
  vp8enc deadline=1 target-bitrate=400000 keyframe-max-dist=300 ! rtpvp8pay picture-id-mode=15-bit ! queue !
  application/x-rtp,media=video,encoding-name=VP8,payload=96,rtcp-fb-nack-pli=true,rtcp-fb-nack=true,rtcp-fb-ccm-fir=true ! peer.
audiotestsrc is-live=true wave=sine freq=660 ! audioconvert ! audioresample ! opusenc ! rtpopuspay ! queue !
  application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! peer.
"""


class Peer:
    def __init__(self, url, width):
        self.url, self.width = url, width
        self.pictures = self.sounds = 0
        self.done = False
        self.loop = GLib.MainLoop()
        self.pipeline = Gst.parse_launch(PIPELINE)
        self.peer = self.pipeline.get_by_name("peer")
        self.peer.connect("on-negotiation-needed", self.negotiate)
        self.peer.connect("notify::ice-gathering-state", self.gathered)
        self.peer.connect("notify::connection-state", lambda *_: print("connection", self.peer.get_property("connection-state").value_nick, flush=True))
        self.peer.connect("pad-added", self.added)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self.message)

    def negotiate(self, _):
        self.peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.offered, None))

    def offered(self, promise, _):
        reply = promise.get_reply()  # owns the offer: it must live as long
        offer = reply.get_value("offer")
        self.peer.emit("set-local-description", offer, Gst.Promise.new())

    def gathered(self, *_):
        if self.peer.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            threading.Thread(target=self.join, daemon=True).start()

    def join(self):
        offer = self.peer.get_property("local-description").sdp.as_text()
        with urllib.request.urlopen(self.url, data=offer.encode()) as response:
            answer = response.read().decode()
        _, sdp = GstSdp.SDPMessage.new_from_text(answer)
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
        self.peer.emit("set-remote-description", description, Gst.Promise.new())
        # Candidates of an answer are not read from it by every version.
        for section in range(sdp.medias_len()):
            media = sdp.get_media(section)
            for i in range(media.attributes_len()):
                attribute = media.get_attribute(i)
                if attribute.key == "candidate":
                    self.peer.emit("add-ice-candidate", section, "candidate:" + attribute.value)

    def added(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        video = pad.get_current_caps().get_structure(0).get_string("media") == "video"
        decode = (
            "queue ! rtpvp8depay ! vp8dec ! fakesink name=sink signal-handoffs=true sync=false"
            if video
            else "queue ! rtpopusdepay ! opusdec ! audioconvert ! level interval=50000000 ! fakesink sync=false"
        )
        bin = Gst.parse_bin_from_description(decode, True)
        self.pipeline.add(bin)
        if video:
            bin.get_by_name("sink").connect("handoff", self.look)
        bin.sync_state_with_parent()
        pad.link(bin.get_static_pad("sink"))

    def look(self, sink, _buffer, pad):
        width = pad.get_current_caps().get_structure(0).get_int("width").value
        self.pictures += width == self.width
        if self.pictures == PICTURES:
            print("pictures of", self.width, flush=True)
        self.check()

    def message(self, _, message):
        if message.type == Gst.MessageType.ERROR:
            print("error", message.parse_error(), flush=True)
            self.loop.quit()
        structure = message.get_structure()
        if structure and structure.get_name() == "level":
            self.sounds += max(structure.get_value("rms")) > -40
            if self.sounds == SOUNDS:
                print("sound", flush=True)
            self.check()

    def check(self):
        if not self.done and self.pictures >= PICTURES and self.sounds >= SOUNDS:
            self.done = True
            print("ok", flush=True)

    def run(self):
        def wait():
            sys.stdin.read()  # the other may not be done
            self.loop.quit()

        threading.Thread(target=wait, daemon=True).start()
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)


Gst.init(None)
Peer(sys.argv[1], int(sys.argv[2])).run()
