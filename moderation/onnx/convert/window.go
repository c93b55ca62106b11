package convert

import (
	"errors"
	"fmt"
	"slices"
)

// window is how a kernel goes over a picture.
type window struct {
	size, stride [2]int
	pads         [4]int // top, left, bottom, right, as ONNX orders them
	to           [2]int // height and width of what comes out
}

// over says how a kernel of this size goes over a picture, by the attributes that TensorFlow describes it with.
func (o *operation) over(from shape, size [2]int) (window, error) {
	w := window{size: size}
	var err error
	if w.stride, err = o.plane("strides"); err != nil {
		return w, err
	}
	layout, err := o.text("data_format")
	if err != nil {
		return w, err
	}
	padding, err := o.text("padding")
	if err != nil {
		return w, err
	}
	if layout != "NHWC" || (padding != "SAME" && padding != "VALID") || len(o.Attr["explicit_paddings"].List.I) > 0 {
		return w, fmt.Errorf("layout %q, padding %q", layout, padding)
	}
	for i, side := range []int{from.height, from.width} {
		missing := 0
		if padding == "SAME" { // what TensorFlow adds, the odd one after
			missing = max(0, ((side+w.stride[i]-1)/w.stride[i]-1)*w.stride[i]+size[i]-side)
			w.pads[i], w.pads[2+i] = missing/2, missing-missing/2
		}
		if side+missing < size[i] {
			return w, fmt.Errorf("a kernel of %v over %v", size, from)
		}
		w.to[i] = (side+missing-size[i])/w.stride[i] + 1
	}
	return w, nil
}

func (w *window) options() []option {
	return []option{
		{name: "kernel_shape", many: w.size[:]}, {name: "strides", many: w.stride[:]}, {name: "pads", many: w.pads[:]},
	}
}

// convolution is one with its bias and, mostly, with a limit to 0..6 of what comes out.
func (b *builder) convolution(o *operation) (string, shape, error) {
	x, from, err := b.data(o, 0)
	if err != nil {
		return "", shape{}, err
	}
	kernel, ok := b.constant(o, 1)
	bias, ok2 := b.constant(o, 2)
	if !ok || !ok2 || len(o.Input) != 3 || len(kernel.shape) != 4 || kernel.shape[2] != from.channels {
		return "", shape{}, fmt.Errorf("of %v by %v", from, kernel.shape)
	}
	depthwise := o.Op == "FusedDepthwiseConv2dNative"
	group := 1
	if depthwise {
		group = from.channels
	}
	turned := kernel.channelsFirst(depthwise)
	if len(bias.values) != turned.shape[0] {
		return "", shape{}, fmt.Errorf("%d biases for %d channels", len(bias.values), turned.shape[0])
	}
	dilations, err := o.plane("dilations")
	if err != nil {
		return "", shape{}, err
	}
	fused, err := o.words("fused_ops")
	if err != nil {
		return "", shape{}, err
	}
	limited := slices.Equal(fused, []string{"BiasAdd", "Relu6"})
	if dilations != [2]int{1, 1} || (!limited && !slices.Equal(fused, []string{"BiasAdd"})) {
		return "", shape{}, fmt.Errorf("dilations %v, followed by %v", dilations, fused)
	}
	w, err := o.over(from, [2]int{turned.shape[2], turned.shape[3]})
	if err != nil {
		return "", shape{}, err
	}
	name := b.step("conv")
	y := b.graph.node("Conv", name, []string{
		x, b.graph.constant(name+"_w", turned.shape, turned.values), b.graph.constant(name+"_b", bias.shape, bias.values),
	}, append(w.options(), option{name: "group", one: group})...)
	if limited {
		name := b.step("relu6")
		y = b.graph.node("Clip", name, []string{
			y, b.graph.constant(name+"_min", nil, []float32{0}), b.graph.constant(name+"_max", nil, []float32{6}),
		})
	}
	return y, shape{turned.shape[0], w.to[0], w.to[1]}, nil
}

// channelsFirst turns a kernel from height, width, in, out to out, in, height, width. One that goes over each channel by
// itself has for "out" how many it makes of each.
func (t tensor) channelsFirst(depthwise bool) tensor {
	height, width, in, out := t.shape[0], t.shape[1], t.shape[2], t.shape[3]
	turned := tensor{[]int{out, in, height, width}, make([]float32, len(t.values))}
	if depthwise {
		turned.shape = []int{in * out, 1, height, width}
	}
	plane := height * width
	for at := range plane {
		for i := range in {
			for o := range out {
				to := o*in + i
				if depthwise {
					to = i*out + o
				}
				turned.values[to*plane+at] = t.values[(at*in+i)*out+o]
			}
		}
	}
	return turned
}

func (b *builder) average(o *operation) (string, shape, error) {
	x, from, err := b.data(o, 0)
	if err != nil {
		return "", shape{}, err
	}
	size, err := o.plane("ksize")
	if err != nil {
		return "", shape{}, err
	}
	w, err := o.over(from, size)
	if err != nil {
		return "", shape{}, err
	}
	if w.pads != [4]int{} {
		return "", shape{}, errors.New("over an edge")
	}
	return b.graph.node("AveragePool", b.step("average"), []string{x}, w.options()...), shape{from.channels, w.to[0], w.to[1]}, nil
}
