package convert

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Size is the side of the square picture that the network takes, in pixels.
const Size = 224

// Names of the model's input and output.
const (
	inputName  = "image"
	outputName = "scores"
)

// maxNodes is how many operations a graph may have; the network has 178.
const maxNodes = 2000

// shape is the layout of one picture inside the network, NCHW without N. What was flattened has channels only.
type shape struct{ channels, height, width int }

// builder turns the browser's graph into the server's, node by node from the output back.
type builder struct {
	nodes   map[string]*operation
	tensors map[string]tensor
	graph   graphProto

	names  map[string]string // of what was built, in the new graph
	shapes map[string]shape
	under  map[string]bool // being built: a graph that leads back to itself has no order
}

// build gives the graph that leads to output.
func build(nodes []operation, tensors map[string]tensor, output string, classes int) (*graphProto, error) {
	if len(nodes) > maxNodes {
		return nil, fmt.Errorf("graph: %d nodes", len(nodes))
	}
	b := &builder{
		nodes: map[string]*operation{}, tensors: tensors,
		names: map[string]string{}, shapes: map[string]shape{}, under: map[string]bool{},
	}
	for i := range nodes {
		b.nodes[nodes[i].Name] = &nodes[i]
	}
	last, err := b.visit(output)
	if err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	if got := b.shapes[output]; got != (shape{classes, 1, 1}) {
		return nil, fmt.Errorf("graph: gives %v for %d classes", got, classes)
	}
	b.graph.node("Identity", outputName, []string{last})
	b.graph.inputs = []message{value(inputName, Size, Size, 3)}
	b.graph.outputs = []message{value(outputName, classes)}
	return &b.graph, nil
}

// visit builds a node after those that it needs, once.
func (b *builder) visit(name string) (string, error) {
	if built, ok := b.names[name]; ok {
		return built, nil
	}
	o := b.nodes[name]
	if o == nil || b.under[name] {
		return "", fmt.Errorf("%s: missing, or needs itself", name)
	}
	b.under[name] = true
	convert := operationOf(o.Op)
	if convert == nil {
		return "", fmt.Errorf("%s: operation %s", name, o.Op)
	}
	built, to, err := convert(b, o)
	if err != nil {
		return "", fmt.Errorf("%s (%s): %w", name, o.Op, err)
	}
	b.names[name], b.shapes[name] = built, to
	return built, nil
}

// step names what is added next: the names of the browser's graph are long and say nothing.
func (b *builder) step(op string) string { return op + "_" + strconv.Itoa(len(b.graph.nodes)) }

// data builds the i-th input, which is no constant.
func (b *builder) data(o *operation, i int) (string, shape, error) {
	if i >= len(o.Input) {
		return "", shape{}, errors.New("an input is missing")
	}
	from, err := sourceOf(o.Input[i])
	if err != nil {
		return "", shape{}, err
	}
	name, err := b.visit(from)
	return name, b.shapes[from], err
}

// constant is the i-th input, which is one of weights.
func (b *builder) constant(o *operation, i int) (tensor, bool) {
	if i >= len(o.Input) {
		return tensor{}, false
	}
	from, err := sourceOf(o.Input[i])
	if err != nil {
		return tensor{}, false
	}
	t, ok := b.tensors[from]
	return t, ok && b.nodes[from] != nil && b.nodes[from].Op == "Const"
}

// operationOf tells how one of a kind is built, or nil.
func operationOf(kind string) func(b *builder, o *operation) (string, shape, error) {
	switch kind {
	case "Placeholder":
		return (*builder).placeholder
	case "_FusedConv2D", "FusedDepthwiseConv2dNative":
		return (*builder).convolution
	case "AddV2":
		return (*builder).sum
	case "Mul", "Sub":
		return (*builder).scalar
	case "AvgPool":
		return (*builder).average
	case "Squeeze":
		return (*builder).squeeze
	case "_FusedMatMul":
		return (*builder).dense
	case "Softmax":
		return (*builder).softmax
	case "Identity":
		return func(b *builder, o *operation) (string, shape, error) { return b.data(o, 0) }
	}
	return nil
}

func (b *builder) placeholder(*operation) (string, shape, error) {
	y := b.graph.node("Transpose", b.step("planes"), []string{inputName}, option{name: "perm", many: []int{0, 3, 1, 2}})
	return y, shape{3, Size, Size}, nil
}

func (b *builder) sum(o *operation) (string, shape, error) {
	x, xs, err := b.data(o, 0)
	if err != nil {
		return "", shape{}, err
	}
	y, ys, err := b.data(o, 1)
	if err != nil {
		return "", shape{}, err
	}
	if xs != ys || len(o.Input) != 2 {
		return "", shape{}, fmt.Errorf("of %v and %v", xs, ys)
	}
	return b.graph.node("Add", b.step("add"), []string{x, y}), xs, nil
}

// scalar multiplies by one number, or takes one away.
func (b *builder) scalar(o *operation) (string, shape, error) {
	at := 1
	number, ok := b.constant(o, at)
	if !ok && o.Op == "Mul" {
		at = 0
		number, ok = b.constant(o, at)
	}
	if !ok || len(number.values) != 1 || len(o.Input) != 2 {
		return "", shape{}, errors.New("not by one number")
	}
	x, xs, err := b.data(o, 1-at)
	if err != nil {
		return "", shape{}, err
	}
	name := b.step(o.Op)
	return b.graph.node(o.Op, name, []string{x, b.graph.constant(name+"_by", nil, number.values)}), xs, nil
}

func (b *builder) squeeze(o *operation) (string, shape, error) {
	x, xs, err := b.data(o, 0)
	if err != nil {
		return "", shape{}, err
	}
	if xs.height != 1 || xs.width != 1 || !slices.Equal(o.Attr["squeeze_dims"].List.I, []string{"1", "2"}) {
		return "", shape{}, fmt.Errorf("of %v", xs)
	}
	return b.graph.node("Flatten", b.step("flat"), []string{x}, option{name: "axis", one: 1}), xs, nil
}

func (b *builder) dense(o *operation) (string, shape, error) {
	x, xs, err := b.data(o, 0)
	if err != nil {
		return "", shape{}, err
	}
	kernel, ok := b.constant(o, 1)
	bias, ok2 := b.constant(o, 2)
	fused, err := o.words("fused_ops")
	if err != nil {
		return "", shape{}, err
	}
	if !ok || !ok2 || len(o.Input) != 3 || len(kernel.shape) != 2 || kernel.shape[0] != xs.channels || len(bias.values) != kernel.shape[1] ||
		o.Attr["transpose_a"].B || o.Attr["transpose_b"].B || !slices.Equal(fused, []string{"BiasAdd"}) {
		return "", shape{}, fmt.Errorf("of %v by %v", xs, kernel.shape)
	}
	name := b.step("dense")
	y := b.graph.node("Gemm", name, []string{
		x, b.graph.constant(name+"_w", kernel.shape, kernel.values), b.graph.constant(name+"_b", bias.shape, bias.values),
	})
	return y, shape{kernel.shape[1], 1, 1}, nil
}

func (b *builder) softmax(o *operation) (string, shape, error) {
	x, xs, err := b.data(o, 0)
	if err != nil {
		return "", shape{}, err
	}
	return b.graph.node("Softmax", b.step("softmax"), []string{x}, option{name: "axis", one: 1}), xs, nil
}
