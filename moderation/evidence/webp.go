package evidence

import "omezle/moderation/evidence/webp"

// MaxKeyframe is how many bytes a keyframe may have.
const MaxKeyframe = webp.MaxKeyframe

// ErrNoKeyframe is returned for data that is not a whole VP8 keyframe's beginning.
var ErrNoKeyframe = webp.ErrNoKeyframe

// WebP returns a VP8 keyframe as a WebP file, with the very bytes that came.
func WebP(keyframe []byte) ([]byte, error) { return webp.File(keyframe) }
