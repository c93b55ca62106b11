package pdq_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strconv"
	"testing"

	"golang.org/x/image/draw"

	"omezle/moderation/pdq"
)

// pattern is one of three pictures by formula, in any size.
func pattern(width, height, kind int) *image.Gray {
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			u, v := x*1024/width, y*1024/height
			var p int
			switch kind {
			case 0:
				p = (u*u/7 + v*v/3 + u*v/5) >> 10
			case 1:
				p = (u>>6)*37 + (v>>6)*91 + (u>>6)*(v>>6)*13
			default:
				p = ((u-400)*(u-400) + (v-600)*(v-600)) >> 11
			}
			picture.SetGray(x, y, color.Gray{uint8(p & 255)})
		}
	}
	return picture
}

// scene is a smooth picture with a few large shapes, as photographs have.
func scene(width, height, seed int) *image.Gray {
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			u, v := x*1000/width, y*1000/height
			p := (u*(3+seed%5) + v*(7-seed%4)) / 60
			for i := range 14 {
				cx, cy := (seed*(137+i*71)+i*311)%1000, (seed*(239+i*53)+i*173)%1000
				r := 60 + (seed*31+i*97)%140
				if (u-cx)*(u-cx)+(v-cy)*(v-cy) < r*r {
					p = (seed*57 + i*83) % 200
				}
			}
			picture.SetGray(x, y, color.Gray{uint8(20 + p%200)})
		}
	}
	return picture
}

// The published regression test hashes JPEG files that are not here. These values come from the published reference code
// instead, run on the same formulas.
func TestHashesAreThoseOfTheReference(t *testing.T) {
	for _, row := range []struct {
		width, height, kind int
		hash                string
	}{
		{64, 64, 0, "56c0550fab716a84569b55a0554faa94b2a3efac514b5556aaad68abbaeec492"},
		{5, 7, 0, "7e1fcb728b623c0f81e03b0e64d99326695a695a96a564d99b26c4b17e1fc370"},
		{97, 61, 0, "d6c2551dab714a84949b7da0554faa94b6a345ac3b4b5556baad48ab226e6f92"},
		{160, 120, 0, "54c0a53faa704a8f54bb5520755faab4a2a34fac554b5556a2ada8ab3aeecd12"},
		{640, 480, 0, "5480ad3faa715a8f54ba5520155faab422a7ddac154b5556aaadaaabaaee4992"},
		{1280, 720, 0, "5480ad3faa705a8f54ba5520155faab422a7ddac154b5556aaadaaabaaeec992"},
		{1920, 1080, 0, "5480ad3faa714a8e54ba5520155faab422a7ddac154b5556aaadaaabbaeec992"},
		{64, 64, 1, "ba245f8f707c818e9e71ddef623026623b30b726c9f049e2a6b17515eaf98a50"},
		{5, 7, 1, "9f27c1f060d93e0f60d89e279e2791a4ce734e5b318c6c5b61d861d89f27c1f0"},
		{97, 61, 1, "e2304f8ff075b10ebe711defe630a6622bb0372649b0c9f2ae9135156af9aa50"},
		{160, 120, 1, "bae4df8f707c018e3e619defe23026623b30b726c9f0cb6224b1f515eaf90a50"},
		{640, 480, 1, "55cf5fdf707c018e1e715def623026623b303726c9f049e226b1f5156af98a50"},
		{1280, 720, 1, "550edfcf707c018e1e715defe23026623b30b726c9f0c9e226b1f515eaf90a50"},
		{1920, 1080, 1, "a8a95f8ff07c818e1e719defe23026623b30b72649f049e226b1f5156af90a50"},
		{64, 64, 2, "95299529556d5529552d55ab54a956ab52a9aaa9aaadaaa5aab5aa9555555555"},
		{5, 7, 2, "94a594a56b5a6b5a6b5a6b5a6b5a6b5a6b5ad4b594a594a594a594a594a594a5"},
		{97, 61, 2, "952995aa556d5529552d55a954a956ab52a9aaa9aaadaaa5aab5aa9555555555"},
		{160, 120, 2, "b569a52b95459529556555a955a956aa56a9aaa95aadaaad12b5aa9555559555"},
		{640, 480, 2, "956d95ab556555ab552d54ab55a952aa52a9aaa94aa5aaa55a95aa955555d255"},
		{1280, 720, 2, "956db5ab5545d5a9556554ab55a952aa52a9aaa94aa5aaa55a95aa955555d255"},
		{1920, 1080, 2, "956db5ab5545d5a9552d54ab55a952aa52a9aaa94aa5aaa54a95aa955555d355"},
	} {
		got, quality := pdq.OfImage(pattern(row.width, row.height, row.kind))
		if got.String() != row.hash || quality != 100 {
			t.Errorf("%dx%d, picture %d: %s of quality %d, want %s; %d bits differ", row.width, row.height, row.kind,
				got, quality, row.hash, pdq.Distance(got, parse(t, row.hash)))
		}
	}
}

// limited is a grey picture as VP8 has it.
func limited(picture *image.Gray) *image.YCbCr {
	to := image.NewYCbCr(picture.Rect, image.YCbCrSubsampleRatio420)
	for y := range picture.Rect.Dy() {
		for x := range picture.Rect.Dx() {
			to.Y[y*to.YStride+x] = uint8(16 + (int(picture.GrayAt(x, y).Y)*219+127)/255)
		}
	}
	return to
}

func resized(picture image.Image, width, height int) image.Image {
	to := image.NewGray(image.Rect(0, 0, width, height))
	draw.CatmullRom.Scale(to, to.Rect, picture, picture.Bounds(), draw.Src, nil)
	return to
}

func recoded(t *testing.T, picture image.Image, quality int) image.Image {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, picture, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	again, err := jpeg.Decode(&file)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestTheSamePictureIsKnownAgain(t *testing.T) {
	worst := map[string]int{}
	for seed := range 24 {
		picture := scene(320, 240, seed)
		original, quality := pdq.OfImage(picture)
		if quality < pdq.MinQuality {
			t.Fatalf("scene %d: quality %d", seed, quality)
		}
		fromVP8, _ := pdq.Of(limited(picture))
		jpeg50, _ := pdq.OfImage(recoded(t, picture, 50))
		jpeg10, _ := pdq.OfImage(recoded(t, picture, 10))
		half, _ := pdq.OfImage(resized(picture, 160, 120))
		tiny, _ := pdq.OfImage(resized(picture, 128, 96))
		square, _ := pdq.OfImage(resized(picture, 256, 256))
		blurred, _ := pdq.OfImage(resized(resized(picture, 80, 60), 320, 240))
		for name, hash := range map[string]pdq.Hash{
			"limited range": fromVP8, "jpeg 50": jpeg50, "jpeg 10": jpeg10, "half": half, "tiny": tiny, "square": square, "blurred": blurred,
		} {
			worst[name] = max(worst[name], pdq.Distance(original, hash))
		}
	}
	t.Logf("largest distances of 24 pictures: %v", worst)
	for name, distance := range worst {
		if distance > pdq.MaxDistance {
			t.Errorf("%s: distance %d", name, distance)
		}
	}
}

func TestOtherPicturesAreNotTakenForTheSame(t *testing.T) {
	var hashes []pdq.Hash
	for seed := range 24 {
		hash, _ := pdq.OfImage(scene(320, 240, seed))
		for other, h := range hashes {
			if d := pdq.Distance(hash, h); d <= 2*pdq.MaxDistance {
				t.Errorf("scenes %d and %d: distance %d", seed, other, d)
			}
		}
		hashes = append(hashes, hash)
	}
}

func TestAnEvenPictureHasNoQuality(t *testing.T) {
	even := image.NewGray(image.Rect(0, 0, 640, 480))
	for i := range even.Pix {
		even.Pix[i] = uint8(100 + i%2)
	}
	if _, quality := pdq.OfImage(even); quality >= pdq.MinQuality {
		t.Errorf("quality %d", quality)
	}
}

func TestPicturesOfNoSizeHaveNoHash(t *testing.T) {
	for _, area := range []image.Rectangle{image.Rect(0, 0, 0, 0), image.Rect(0, 0, 4, 100), image.Rect(0, 0, 100, 4), image.Rect(0, 0, 4096, 4097)} {
		if hash, quality := pdq.Of(image.NewYCbCr(area, image.YCbCrSubsampleRatio420)); hash != (pdq.Hash{}) || quality != 0 {
			t.Errorf("%v: %s of quality %d", area, hash, quality)
		}
	}
}

func TestAPartOfAPictureIsHashedAsItself(t *testing.T) {
	whole := limited(scene(640, 480, 3))
	part, ok := whole.SubImage(image.Rect(64, 32, 464, 332)).(*image.YCbCr)
	if !ok {
		t.Fatal("no YCbCr")
	}
	alone := image.NewYCbCr(image.Rect(0, 0, 400, 300), image.YCbCrSubsampleRatio420)
	for y := range 300 {
		copy(alone.Y[y*alone.YStride:][:400], whole.Y[(y+32)*whole.YStride+64:])
	}
	a, qa := pdq.Of(part)
	b, qb := pdq.Of(alone)
	if a != b || qa != qb {
		t.Errorf("%s of quality %d, alone %s of quality %d", a, qa, b, qb)
	}
}

func BenchmarkOf(b *testing.B) {
	for _, size := range [][2]int{{320, 240}, {640, 480}, {1280, 720}, {1920, 1088}} {
		picture := limited(scene(size[0], size[1], 1))
		b.Run(strconv.Itoa(size[0])+"x"+strconv.Itoa(size[1]), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				pdq.Of(picture)
			}
		})
	}
}
