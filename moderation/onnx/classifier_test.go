package onnx_test

import (
	"testing"

	"omezle/moderation/onnx/onnxtest"
)

func TestTheBundledModelJudgesThePatternsAsItShould(t *testing.T) {
	if err := onnxtest.Open(t).SelfTest(t.Context()); err != nil {
		t.Error(err)
	}
}
