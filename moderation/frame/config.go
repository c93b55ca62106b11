package frame

type Config struct {
	MinSpread int
}

func DefaultConfig() Config { return Config{MinSpread: 20} }
