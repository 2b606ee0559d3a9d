// The smallest honest three.js page: a GLB, orbit controls, a light, a shadow.
import { AmbientLight, Box3, DirectionalLight, PerspectiveCamera, Scene, Vector3, WebGLRenderer } from 'three';
import { OrbitControls } from 'three/examples/jsm/controls/OrbitControls.js';
import { GLTFLoader } from 'three/examples/jsm/loaders/GLTFLoader.js';

const canvas = document.querySelector('canvas');
const renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
renderer.setSize(innerWidth, innerHeight, false);
renderer.shadowMap.enabled = true;
const scene = new Scene();
const camera = new PerspectiveCamera(33, innerWidth / innerHeight, 0.01, 100);
const light = new DirectionalLight(0xffffff, 3);
light.position.set(2, 4, 3);
light.castShadow = true;
scene.add(new AmbientLight(0xffffff, 1), light);
const controls = new OrbitControls(camera, canvas);
const draw = () => renderer.render(scene, camera);
controls.addEventListener('change', draw);
new GLTFLoader().load('/desk.glb', ({ scene: model }) => {
  const box = new Box3().setFromObject(model);
  const centre = box.getCenter(new Vector3());
  scene.add(model);
  camera.position.set(centre.x - 1.6, centre.y + 1.1, centre.z + 2.6);
  controls.target.copy(centre);
  controls.update();
  requestAnimationFrame(draw);
});
