"""One side of a call by aiortc: publishes a moving picture and a tone, decodes what comes.

    aiortc_peer.py URL WIDTH

POSTs its offer to URL and reads the answer. Ends with "ok" when it has decoded
pictures of WIDTH and sound that is not silence.
"""

import asyncio
import fractions
import math
import sys
import urllib.request

import av
import numpy
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack

PICTURES, SOUNDS = 60, 100


class Picture(VideoStreamTrack):
    """Stripes that wander, 640 pixels wide."""

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        x = (numpy.arange(640) + pts // 900) % 64 * 4
        image = numpy.repeat(numpy.broadcast_to(x.astype(numpy.uint8), (480, 640))[:, :, None], 3, axis=2)
        frame = av.VideoFrame.from_ndarray(numpy.ascontiguousarray(image), format="rgb24")
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(MediaStreamTrack):
    """440 Hz in pieces of 20 ms."""

    kind = "audio"
    rate, size = 48000, 960

    def __init__(self):
        super().__init__()
        self.sent, self.began = 0, None

    async def recv(self):
        loop = asyncio.get_running_loop()
        self.began = self.began or loop.time()
        await asyncio.sleep(max(0, self.began + self.sent / self.rate - loop.time()))
        t = (numpy.arange(self.size) + self.sent) / self.rate
        samples = (8000 * numpy.sin(2 * math.pi * 440 * t)).astype(numpy.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts = self.rate, self.sent
        frame.time_base = fractions.Fraction(1, self.rate)
        self.sent += self.size
        return frame


def post(url, body):
    with urllib.request.urlopen(url, data=body.encode()) as response:
        return response.read().decode()


async def main(url, width):
    pc = RTCPeerConnection()
    seen, heard = asyncio.Event(), asyncio.Event()

    async def look(track):
        count = 0
        while count < PICTURES:
            frame = await track.recv()
            count += frame.width == width
        print("pictures of", width, flush=True)
        seen.set()

    async def listen(track):
        count = 0
        while count < SOUNDS:
            samples = (await track.recv()).to_ndarray().astype(float)
            count += math.sqrt((samples**2).mean()) > 100
        print("sound", flush=True)
        heard.set()

    tasks = []

    @pc.on("track")
    def on_track(track):
        tasks.append(asyncio.ensure_future((look if track.kind == "video" else listen)(track)))

    @pc.on("connectionstatechange")
    def on_state():
        print("connection", pc.connectionState, flush=True)

    pc.addTrack(Picture())
    pc.addTrack(Tone())
    await pc.setLocalDescription(await pc.createOffer())
    answer = await asyncio.to_thread(post, url, pc.localDescription.sdp)
    await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.gather(seen.wait(), heard.wait())
    print("ok", flush=True)
    await asyncio.to_thread(sys.stdin.read)  # the other may not be done
    await pc.close()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
