// The smallest honest three.js page: a GLB, orbit controls, light. No shadow, no room to reflect: less work than ours and model-viewer's.
import { Box3, DirectionalLight, HemisphereLight, PerspectiveCamera, Scene, Vector3, WebGLRenderer } from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';

const canvas = document.querySelector('canvas');
const renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
renderer.setSize(canvas.clientWidth, canvas.clientHeight, false);
const scene = new Scene();
const camera = new PerspectiveCamera(33, canvas.clientWidth / canvas.clientHeight, 0.01, 100);
const light = new DirectionalLight(0xffffff, 3);
light.position.set(-2, 4, 3);
scene.add(new HemisphereLight(0xffffff, 0x888888, 2), light);
const controls = new OrbitControls(camera, canvas);
const draw = () => renderer.render(scene, camera);
new GLTFLoader().load('/desk.glb', ({ scene: model }) => {
  const box = new Box3().setFromObject(model);
  const centre = box.getCenter(new Vector3());
  scene.add(model);
  camera.position.set(centre.x - 1.6, centre.y + 1.1, centre.z + 2.6);
  controls.target.copy(centre);
  controls.update();
  draw();
  controls.addEventListener('change', draw);
});
