package frame

import "image"

// Spread tells how much there is to see: how far apart the darker and the lighter parts of the picture are, in steps
// of luma (0 to 255). It compares small squares, not pixels, so that the noise of a camera in the dark counts for
// little, and leaves out the extreme twentieth on both ends, so that a lamp or a letterbox counts for little too.
func Spread(picture *image.YCbCr) int {
	const across, down = 40, 30 // squares
	width, height := picture.Rect.Dx(), picture.Rect.Dy()
	var histogram [256]int
	squares := 0
	for row := range down {
		top, bottom := row*height/down, (row+1)*height/down
		for column := range across {
			left, right := column*width/across, (column+1)*width/across
			sum, count := 0, 0
			for y := top; y < bottom; y += 2 {
				for _, l := range picture.Y[y*picture.YStride:][left:right] {
					sum += int(l)
					count++
				}
			}
			if count > 0 {
				histogram[sum/count]++
				squares++
			}
		}
	}
	ends := squares / 20
	return highest(histogram[:], ends) - lowest(histogram[:], ends)
}

// lowest is the first step that more than skipped squares reach from below, highest likewise from above.
func lowest(histogram []int, skipped int) int {
	for step, count := range histogram {
		if skipped -= count; skipped < 0 {
			return step
		}
	}
	return 0
}

func highest(histogram []int, skipped int) int {
	for step := len(histogram) - 1; step >= 0; step-- {
		if skipped -= histogram[step]; skipped < 0 {
			return step
		}
	}
	return 0
}
