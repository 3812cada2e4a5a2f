// The agent of the benchmark on pion: see bench/agent/protocol.ts. Commands come as lines of JSON on standard input, replies
// go to standard output, notes to the other process over a local socket.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pion/webrtc"
)

type Start struct {
	Role       string `json:"role"`
	SocketPath string `json:"socketPath"`
}

type Detour struct {
	OffererSendsTo  int `json:"offererSendsTo"`
	AnswererSendsTo int `json:"answererSendsTo"`
}

type ChannelPlan struct {
	Label   string `json:"label"`
	Ordered bool   `json:"ordered"`
}

type Candidate struct {
	Candidate     string  `json:"candidate"`
	SDPMid        *string `json:"sdpMid"`
	SDPMLineIndex *uint16 `json:"sdpMLineIndex"`
}

type Description struct {
	Type string `json:"type"`
	SDP  string `json:"sdp"`
}

type Note struct {
	Type        string       `json:"type"`
	ID          string       `json:"id"`
	Description *Description `json:"description,omitempty"`
	Detour      *Detour      `json:"detour,omitempty"`
	Candidate   *Candidate   `json:"candidate,omitempty"`
	State       string       `json:"state,omitempty"`
}

// Given holds the arguments of all commands: none has two meanings for a name.
type Given struct {
	ID             string        `json:"id"`
	Label          string        `json:"label"`
	Channels       []ChannelPlan `json:"channels"`
	Detour         *Detour       `json:"detour"`
	Prefix         string        `json:"prefix"`
	Count          int           `json:"count"`
	AtOnce         int           `json:"atOnce"`
	Keep           bool          `json:"keep"`
	LimitMillis    float64       `json:"limitMillis"`
	How            string        `json:"how"`
	MessageBytes   int           `json:"messageBytes"`
	HighWaterBytes uint64        `json:"highWaterBytes"`
	PauseMillis    float64       `json:"pauseMillis"`
	EveryMillis    float64       `json:"everyMillis"`
	ForMillis      float64       `json:"forMillis"`
}

type Command struct {
	Call      int    `json:"call"`
	Name      string `json:"name"`
	Arguments Given  `json:"arguments"`
}

type object map[string]interface{}

const limit = 10 * time.Second

var begun = time.Now()

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func duration(millis float64) time.Duration {
	return time.Duration(millis * float64(time.Millisecond))
}

type Channel struct {
	channel  *webrtc.DataChannel
	opened   chan struct{}
	messages uint64
	bytes    uint64
	// Hears each message besides the counters.
	listener atomic.Value
	stop     chan struct{}
}

func adopt(channel *webrtc.DataChannel) *Channel {
	open := &Channel{channel: channel, opened: make(chan struct{})}
	open.listener.Store(func([]byte) {})
	var once sync.Once
	channel.OnOpen(func() { once.Do(func() { close(open.opened) }) })
	channel.OnMessage(func(message webrtc.DataChannelMessage) {
		atomic.AddUint64(&open.messages, 1)
		atomic.AddUint64(&open.bytes, uint64(len(message.Data)))
		open.listener.Load().(func([]byte))(message.Data)
	})
	return open
}

type End struct {
	connection *webrtc.PeerConnection
	offers     bool
	detour     *Detour
	mutex      sync.Mutex
	channels   map[string]*Channel
	order      []*Channel
	described  bool
	told       bool
	early      []*webrtc.ICECandidate
	// Descriptions and candidates that came, in their order.
	notes  chan Note
	closed chan struct{}
}

type Agent struct {
	mutex   sync.Mutex
	ends    map[string]*End
	waiting map[string]chan struct{}
	output  sync.Mutex
	socket  net.Conn
}

func (agent *Agent) tell(note Note) {
	line, _ := json.Marshal(note)
	agent.output.Lock()
	defer agent.output.Unlock()
	// When the other process is gone, this one is ended too.
	_, _ = agent.socket.Write(append(line, '\n'))
}

func (agent *Agent) end(id string) *End {
	agent.mutex.Lock()
	defer agent.mutex.Unlock()
	return agent.ends[id]
}

func (agent *Agent) wait(what string) chan struct{} {
	agent.mutex.Lock()
	defer agent.mutex.Unlock()
	done := make(chan struct{})
	agent.waiting[what] = done
	return done
}

func (agent *Agent) settle(what string) {
	agent.mutex.Lock()
	defer agent.mutex.Unlock()
	if done, known := agent.waiting[what]; known {
		close(done)
		delete(agent.waiting, what)
	}
}

var api = newAPI()

// Loopback addresses are left out by default, and so are names that hide addresses.
func newAPI() *webrtc.API {
	return webrtc.NewAPI(webrtc.WithSettingEngine(webrtc.SettingEngine{}))
}

func (agent *Agent) newEnd(id string, offers bool, detour *Detour) (*End, error) {
	connection, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	end := &End{connection: connection, offers: offers, detour: detour, channels: map[string]*Channel{}, notes: make(chan Note, 64), closed: make(chan struct{})}
	connection.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		if candidate == nil {
			return
		}
		end.mutex.Lock()
		defer end.mutex.Unlock()
		if end.described {
			agent.tellCandidate(id, end, candidate)
		} else {
			end.early = append(end.early, candidate)
		}
	})
	connection.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		agent.tell(Note{Type: "state", ID: id, State: state.String()})
	})
	connection.OnDataChannel(func(channel *webrtc.DataChannel) { end.add(adopt(channel)) })
	agent.mutex.Lock()
	agent.ends[id] = end
	agent.mutex.Unlock()
	go agent.signal(id, end)
	return end, nil
}

func (end *End) add(open *Channel) {
	end.mutex.Lock()
	defer end.mutex.Unlock()
	end.channels[open.channel.Label()] = open
	end.order = append(end.order, open)
}

var usable = regexp.MustCompile(`(?i)^(a=)?(candidate:\S+ 1 udp \d+ \d+\.\d+\.\d+\.\d+) (\d+)( typ host)`)

func (end *End) detourPort() int {
	if end.offers {
		return end.detour.AnswererSendsTo
	}
	return end.detour.OffererSendsTo
}

func (end *End) detoured(text string) (string, bool) {
	if !usable.MatchString(text) {
		return "", false
	}
	return usable.ReplaceAllString(text, fmt.Sprintf("${1}${2} %d${4}", end.detourPort())), true
}

// With the mutex of the end.
func (agent *Agent) tellCandidate(id string, end *End, candidate *webrtc.ICECandidate) {
	init := candidate.ToJSON()
	text := init.Candidate
	if end.detour != nil {
		changed, ok := end.detoured(text)
		if !ok || end.told {
			return
		}
		end.told = true
		text = changed
	}
	agent.tell(Note{Type: "candidate", ID: id, Candidate: &Candidate{text, init.SDPMid, init.SDPMLineIndex}})
}

func (agent *Agent) describe(id string, end *End, made webrtc.SessionDescription) {
	end.mutex.Lock()
	defer end.mutex.Unlock()
	sdp := made.SDP
	if end.detour != nil {
		lines := []string{}
		for _, line := range strings.Split(sdp, "\r\n") {
			if strings.HasPrefix(line, "a=candidate:") {
				changed, ok := end.detoured(line)
				if !ok || end.told {
					continue
				}
				end.told = true
				line = changed
			}
			lines = append(lines, line)
		}
		sdp = strings.Join(lines, "\r\n")
	}
	agent.tell(Note{Type: "description", ID: id, Description: &Description{made.Type.String(), sdp}, Detour: end.detour})
	end.described = true
	for _, candidate := range end.early {
		agent.tellCandidate(id, end, candidate)
	}
}

// signal handles what the other side tells of one connection, in order, until the connection is closed.
func (agent *Agent) signal(id string, end *End) {
	for {
		select {
		case <-end.closed:
			return
		case note := <-end.notes:
			if err := agent.follow(id, end, note); err != nil && end.connection.ConnectionState() != webrtc.PeerConnectionStateClosed {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
	}
}

func (agent *Agent) follow(id string, end *End, note Note) error {
	if note.Type == "candidate" {
		init := webrtc.ICECandidateInit{Candidate: note.Candidate.Candidate, SDPMid: note.Candidate.SDPMid, SDPMLineIndex: note.Candidate.SDPMLineIndex}
		// One that pion cannot use; if there are no others nothing connects, and that is reported.
		_ = end.connection.AddICECandidate(init)
		return nil
	}
	description := webrtc.SessionDescription{Type: webrtc.NewSDPType(note.Description.Type), SDP: note.Description.SDP}
	if err := end.connection.SetRemoteDescription(description); err != nil || description.Type != webrtc.SDPTypeOffer {
		return err
	}
	answer, err := end.connection.CreateAnswer(nil)
	if err != nil {
		return err
	}
	if err := end.connection.SetLocalDescription(answer); err != nil {
		return err
	}
	agent.describe(id, end, answer)
	return nil
}

func (agent *Agent) receive(note Note) {
	switch note.Type {
	case "description", "candidate":
		end := agent.end(note.ID)
		if end == nil && note.Type == "description" && note.Description.Type == "offer" {
			var err error
			if end, err = agent.newEnd(note.ID, false, note.Detour); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
		if end != nil {
			select {
			case end.notes <- note:
			case <-end.closed:
			}
		}
	case "state":
		if note.State == "disconnected" || note.State == "failed" || note.State == "closed" {
			agent.settle("gone " + note.ID)
		}
	case "close":
		agent.drop(note.ID)
		agent.tell(Note{Type: "closed", ID: note.ID})
	case "closed":
		agent.settle("closed " + note.ID)
	}
}

func (agent *Agent) drop(id string) {
	agent.mutex.Lock()
	end := agent.ends[id]
	delete(agent.ends, id)
	agent.mutex.Unlock()
	if end == nil {
		return
	}
	for _, open := range end.all() {
		open.stopFlood()
	}
	close(end.closed)
	_ = end.connection.Close()
}

func (end *End) all() []*Channel {
	end.mutex.Lock()
	defer end.mutex.Unlock()
	return append([]*Channel{}, end.order...)
}

func (agent *Agent) connect(id string, plans []ChannelPlan, detour *Detour) error {
	end, err := agent.newEnd(id, true, detour)
	if err != nil {
		return err
	}
	for _, plan := range plans {
		ordered := plan.Ordered
		channel, err := end.connection.CreateDataChannel(plan.Label, &webrtc.DataChannelInit{Ordered: &ordered})
		if err != nil {
			return err
		}
		end.add(adopt(channel))
	}
	opened := end.all()
	offer, err := end.connection.CreateOffer(nil)
	if err != nil {
		return err
	}
	if err := end.connection.SetLocalDescription(offer); err != nil {
		return err
	}
	agent.describe(id, end, offer)
	late := time.After(limit)
	for _, open := range opened {
		select {
		case <-open.opened:
		case <-late:
			return errors.New("not connected within 10 s")
		}
	}
	return nil
}

func (agent *Agent) closeBoth(id string) error {
	closed := agent.wait("closed " + id)
	agent.drop(id)
	agent.tell(Note{Type: "close", ID: id})
	select {
	case <-closed:
		return nil
	case <-time.After(limit):
		return errors.New("the other side not closed within 10 s")
	}
}

func (agent *Agent) connectMany(given Given) object {
	var mutex sync.Mutex
	each, failures := []float64{}, []string{}
	next := 0
	at := time.Now()
	take := func() (string, bool) {
		mutex.Lock()
		defer mutex.Unlock()
		if next >= given.Count || time.Since(at) >= duration(given.LimitMillis) {
			return "", false
		}
		next++
		return fmt.Sprintf("%s%d", given.Prefix, next-1), true
	}
	one := func(id string) error {
		started := time.Now()
		if err := agent.connect(id, []ChannelPlan{{"data", true}}, nil); err != nil {
			return err
		}
		mutex.Lock()
		each = append(each, millis(time.Since(started)))
		mutex.Unlock()
		if given.Keep {
			return nil
		}
		return agent.closeBoth(id)
	}
	var lines sync.WaitGroup
	for i := 0; i < given.AtOnce; i++ {
		lines.Add(1)
		go func() {
			defer lines.Done()
			for id, more := take(); more; id, more = take() {
				if err := one(id); err != nil {
					mutex.Lock()
					failures = append(failures, err.Error())
					mutex.Unlock()
					agent.drop(id)
					agent.tell(Note{Type: "close", ID: id})
				}
			}
		}()
	}
	lines.Wait()
	return object{"millis": millis(time.Since(at)), "eachMillis": each, "failures": failures}
}

func (agent *Agent) closeAndHear(given Given) object {
	heard := agent.wait("gone " + given.ID)
	at := time.Now()
	agent.drop(given.ID)
	defer agent.tell(Note{Type: "close", ID: given.ID})
	select {
	case <-heard:
		return object{"millis": millis(time.Since(at))}
	case <-time.After(duration(given.LimitMillis)):
		return object{"millis": nil}
	}
}

func (agent *Agent) channel(id, label string) (*Channel, error) {
	for at := time.Now(); time.Since(at) < limit; time.Sleep(time.Millisecond) {
		end := agent.end(id)
		if end == nil {
			return nil, errors.New("no connection " + id)
		}
		end.mutex.Lock()
		open := end.channels[label]
		end.mutex.Unlock()
		if open != nil {
			return open, nil
		}
	}
	return nil, errors.New("no channel " + label)
}

func (open *Channel) flood(given Given) {
	low := make(chan struct{}, 1)
	open.stop = make(chan struct{})
	stop := open.stop
	open.channel.SetBufferedAmountLowThreshold(given.HighWaterBytes / 4)
	open.channel.OnBufferedAmountLow(func() {
		select {
		case low <- struct{}{}:
		default:
		}
	})
	// One that is larger is sent and never received: pion reads into a buffer of this size.
	size := given.MessageBytes
	if size > math.MaxUint16 {
		size = math.MaxUint16
	}
	message := make([]byte, size)
	go func() {
		for {
			for open.channel.BufferedAmount()+uint64(len(message)) <= given.HighWaterBytes {
				select {
				case <-stop:
					return
				default:
				}
				if err := open.channel.Send(message); err != nil {
					fmt.Fprintln(os.Stderr, "send:", err)
					return
				}
			}
			select {
			case <-stop:
				return
			case <-low:
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
}

func (open *Channel) stopFlood() {
	if open.stop != nil {
		close(open.stop)
		open.stop = nil
	}
}

func (open *Channel) ping(given Given) (object, error) {
	each := []float64{}
	answered := make(chan struct{}, 1)
	open.listener.Store(func([]byte) { answered <- struct{}{} })
	defer open.listener.Store(func([]byte) {})
	message := make([]byte, given.MessageBytes)
	for at := time.Now(); len(each) < given.Count && time.Since(at) < duration(given.LimitMillis); {
		sent := time.Now()
		if err := open.channel.Send(message); err != nil {
			return nil, err
		}
		select {
		case <-answered:
		case <-time.After(5 * time.Second):
			return nil, errors.New("no echo within 5 s")
		}
		each = append(each, float64(time.Since(sent))/float64(time.Microsecond))
		if given.PauseMillis > 0 {
			time.Sleep(duration(given.PauseMillis))
		}
	}
	return object{"eachMicros": each}, nil
}

func (agent *Agent) busy(given Given) object {
	channels := []*Channel{}
	agent.mutex.Lock()
	for id, end := range agent.ends {
		if strings.HasPrefix(id, given.Prefix) && len(end.order) > 0 {
			channels = append(channels, end.order[0])
		}
	}
	agent.mutex.Unlock()
	received := func() (sum uint64) {
		for _, open := range channels {
			sum += atomic.LoadUint64(&open.messages)
		}
		return sum
	}
	before, sent, message := received(), 0, make([]byte, given.MessageBytes)
	for at := time.Now(); time.Since(at) < duration(given.ForMillis); time.Sleep(5 * time.Millisecond) {
		due := int(millis(time.Since(at)) / given.EveryMillis * float64(len(channels)))
		for ; sent < due; sent++ {
			_ = channels[sent%len(channels)].channel.Send(message)
		}
	}
	return object{"sent": sent, "received": received() - before, "loop": nil}
}

// In /proc/self/statm the second field is the resident size in pages.
func usage() object {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	micros := (used.Utime.Sec+used.Stime.Sec)*1e6 + int64(used.Utime.Usec) + int64(used.Stime.Usec)
	var size, resident int64
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		_, _ = fmt.Sscan(string(text), &size, &resident)
	}
	return object{"cpuMicros": micros, "rssBytes": resident * int64(os.Getpagesize())}
}

func (agent *Agent) run(name string, given Given) (interface{}, error) {
	switch name {
	case "connect":
		return nil, agent.connect(given.ID, given.Channels, given.Detour)
	case "connectMany":
		return agent.connectMany(given), nil
	case "closeAndHear":
		return agent.closeAndHear(given), nil
	case "close":
		return nil, agent.closeBoth(given.ID)
	case "usage":
		return usage(), nil
	case "busy":
		return agent.busy(given), nil
	}
	open, err := agent.channel(given.ID, given.Label)
	if err != nil {
		return nil, err
	}
	switch name {
	case "receive":
		atomic.StoreUint64(&open.messages, 0)
		atomic.StoreUint64(&open.bytes, 0)
		open.listener.Store(func([]byte) {})
		if given.How == "echo" {
			open.listener.Store(func(data []byte) { _ = open.channel.Send(data) })
		}
		return nil, nil
	case "count":
		return object{"messages": atomic.LoadUint64(&open.messages), "bytes": atomic.LoadUint64(&open.bytes), "atMillis": millis(time.Since(begun))}, nil
	case "flood":
		open.flood(given)
		return nil, nil
	case "stopFlood":
		open.stopFlood()
		return nil, nil
	case "ping":
		return open.ping(given)
	}
	return nil, errors.New("no command " + name)
}

func dial(start Start) (net.Conn, error) {
	if start.Role == "answerer" {
		listener, err := net.Listen("unix", start.SocketPath)
		if err != nil {
			return nil, err
		}
		return listener.Accept()
	}
	for {
		if socket, err := net.Dial("unix", start.SocketPath); err == nil {
			return socket, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func main() {
	var start Start
	if err := json.Unmarshal([]byte(os.Getenv("TINCAN_BENCH_AGENT")), &start); err != nil {
		panic(err)
	}
	socket, err := dial(start)
	if err != nil {
		panic(err)
	}
	agent := &Agent{ends: map[string]*End{}, waiting: map[string]chan struct{}{}, socket: socket}
	go func() {
		decoder := json.NewDecoder(bufio.NewReaderSize(socket, 1<<16))
		for {
			var note Note
			if decoder.Decode(&note) != nil {
				return
			}
			agent.receive(note)
		}
	}()
	var output sync.Mutex
	reply := func(message interface{}) {
		line, _ := json.Marshal(message)
		output.Lock()
		defer output.Unlock()
		fmt.Println(string(line))
	}
	reply(object{"ready": true})
	decoder := json.NewDecoder(bufio.NewReader(os.Stdin))
	for {
		var command Command
		if decoder.Decode(&command) != nil {
			return
		}
		go func() {
			result, err := agent.run(command.Name, command.Arguments)
			if err != nil {
				reply(object{"call": command.Call, "failure": err.Error()})
			} else {
				reply(object{"call": command.Call, "result": result})
			}
		}()
	}
}
